import { defineConfig } from "vite";

const SERVER = "http://127.0.0.1:8790"; // a server: asset-ingest serve --port 8790

export default defineConfig({
  build: {
    // /assets is a page of ours, so built files live under /static
    assetsDir: "static",
    // nothing inlined: the content security policy allows files of our own only
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: ["chrome123", "firefox121", "safari17.5"],
  },
  server: { host: "127.0.0.1", proxy: { "/api": { target: SERVER, ws: true }, "/healthz": SERVER } },
});
