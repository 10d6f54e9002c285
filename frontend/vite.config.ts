/** Three entry points with hashed names and a manifest, from which the server's templates take their addresses. */
import { defineConfig } from "vite";

export default defineConfig({
    base: "/static/",
    build: {
        assetsDir: "",
        // Every asset is a file of its own: the pages' Content-Security-Policy admits no data: fonts.
        assetsInlineLimit: 0,
        manifest: "manifest.json",
        modulePreload: false,
        target: ["chrome87", "firefox90", "safari15"],
        rollupOptions: { input: { citizen: "src/citizen.ts", staff: "src/staff.ts", style: "src/style.css" } },
    },
});
