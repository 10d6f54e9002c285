/** What unfolds (menus, forms behind a button, notes) folds again by Escape; the account menu also when one goes elsewhere. */

function foldMenus({ target }: Event): void {
    for (const menu of document.querySelectorAll<HTMLDetailsElement>("details.mast__menu[open]"))
        if (!menu.contains(target as Node | null)) menu.open = false;
}

export function unfolding(): void {
    document.addEventListener("keydown", (event) => {
        // While a letter is being composed, Escape belongs to the keyboard of Vietnamese.
        if (event.key !== "Escape" || event.isComposing) return;
        const inside = (event.target as Element).closest<HTMLDetailsElement>("details[open]");
        const handle = inside?.querySelector("summary");
        if (!inside || !handle?.getClientRects().length) return; // what stands open for good has no handle to be seen
        inside.open = false;
        handle.focus();
    });
    document.addEventListener("focusin", foldMenus);
    document.addEventListener("click", foldMenus);
}
