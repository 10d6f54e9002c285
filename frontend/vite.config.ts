/** The entry points, with hashed names and a manifest, from which the server's templates take their addresses. */
import { readFileSync } from "node:fs";
import { defineConfig } from "vite";

/** pdf.js asks for this file by its own name, where pictures in JPEG 2000 are decoded without WebAssembly. */
const decoder = {
    name: "jpeg-2000",
    generateBundle(this: { emitFile(file: { type: "asset"; fileName: string; source: Uint8Array }): string }): void {
        const name = "openjpeg_nowasm_fallback.js";
        const source = readFileSync(new URL(`node_modules/pdfjs-dist/wasm/${name}`, import.meta.url));
        this.emitFile({ type: "asset", fileName: name, source });
    },
};

export default defineConfig({
    base: "/static/",
    plugins: [decoder],
    build: {
        assetsDir: "",
        // Every asset is a file of its own: the pages' Content-Security-Policy admits no data: fonts.
        assetsInlineLimit: 0,
        manifest: "manifest.json",
        modulePreload: false,
        // livekit-client alone.
        chunkSizeWarningLimit: 600,
        target: ["chrome87", "firefox90", "safari15"],
        rollupOptions: {
            input: {
                citizen: "src/citizen.ts",
                staff: "src/staff.ts",
                papers: "src/papers.ts",
                hall: "src/hall.ts",
                room: "src/room.ts",
                style: "src/style.css",
                "room-style": "src/room.css",
                "papers-style": "src/papers.css",
            },
            // A file of its own: it changes with its own versions, not with ours.
            output: {
                advancedChunks: { groups: [{ name: "livekit", test: /node_modules\/(?!lit|@lit\/|pdfjs-dist)/ }] },
            },
        },
    },
});
