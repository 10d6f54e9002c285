/** A field whose words are to be passed on, with a button that copies them. Without scripts it is a field to copy from. */
export class CopyLink extends HTMLElement {
    connectedCallback(): void {
        const field = this.querySelector("input");
        const button = this.querySelector("button");
        const told = this.querySelector("[role=status]");
        if (!field || !button || !told) return;
        button.hidden = false;
        field.addEventListener("focus", () => field.select());
        button.addEventListener("click", async () => {
            told.textContent = "";
            try {
                await navigator.clipboard.writeText(field.value);
                told.textContent = this.dataset.done ?? "";
            } catch {
                field.focus(); // where a browser keeps its clipboard to itself, the words stand selected
            }
        });
    }
}
