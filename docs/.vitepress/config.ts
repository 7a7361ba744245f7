import { defineConfig } from "vitepress";
import { drawDiagrams, type MarkdownFences } from "./diagrams.ts";
import { linksToTheRepository, type Markdown } from "./links.ts";
import { SIDEBAR } from "./sidebar.ts";

const REPOSITORY = "https://github.com/OWNER/barewire";

// `npm run docs:site` builds the site into docs/.vitepress/dist. A dead link fails the build.
export default defineConfig({
  title: "barewire",
  description: "A WebSocket server and client for Node.js, from scratch, without a dependency",
  lang: "en",
  base: process.env["SITE_BASE"] ?? "/",
  cleanUrls: false,
  lastUpdated: false,
  srcExclude: ["node_modules/**"],
  ignoreDeadLinks: false,
  markdown: {
    theme: { light: "github-light-high-contrast", dark: "github-dark-high-contrast" },
    languageAlias: { haproxy: "nginx", caddy: "nginx", "ts packages": "ts" },
    config(markdown) {
      linksToTheRepository(markdown as unknown as Markdown, REPOSITORY);
      drawDiagrams(markdown as unknown as MarkdownFences);
    },
  },
  themeConfig: {
    search: { provider: "local" },
    outline: { level: [2, 3] },
    nav: [
      { text: "Tutorial", link: "/tutorial" },
      { text: "Guide", link: "/guide" },
      { text: "How to", link: "/how-to/authenticate", activeMatch: "/how-to/" },
      { text: "Reference", link: "/reference/options", activeMatch: "/reference/" },
    ],
    sidebar: SIDEBAR,
    socialLinks: [{ icon: "github", link: REPOSITORY }],
    footer: { message: "MIT licence" },
  },
});
