/** The entry points, with hashed names and a manifest, from which the server's templates take their addresses. */
import { defineConfig } from "vite";

export default defineConfig({
    base: "/static/",
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
                room: "src/room.ts",
                style: "src/style.css",
                "room-style": "src/room.css",
            },
            // A file of its own: it changes with its own versions, not with ours.
            output: { advancedChunks: { groups: [{ name: "livekit", test: /node_modules\/(?!lit|@lit\/)/ }] } },
        },
    },
});
