/** Light or dark: the system's wish until the reader chooses. The cookie lets the server print the choice, so that nothing flashes. */

export const wish = matchMedia("(prefers-color-scheme: dark)");

export const isDark = (): boolean =>
    (document.documentElement.dataset.theme ?? (wish.matches ? "dark" : "light")) === "dark";

/** The other one, from now on. */
export function turnTheme(): void {
    const theme = isDark() ? "light" : "dark";
    document.documentElement.dataset.theme = theme;
    document.querySelector('meta[name="color-scheme"]')?.setAttribute("content", theme);
    // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is missing from many browsers in use
    document.cookie = `theme=${theme}; path=/; max-age=31536000; samesite=lax`;
}
