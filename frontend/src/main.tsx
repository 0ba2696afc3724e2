import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { arrive } from "./access/session";
import { App } from "./app/App";
import { watchAround } from "./app/live";
import { startRouter } from "./app/router";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/controls.css";
import "./styles/layout.css";
import "./styles/jobs.css";
import "./styles/uploads.css";
import "./styles/import.css";
import "./styles/groups.css";
import "./styles/drawer.css";
import "./styles/assets.css";
import "./styles/entries.css";

startRouter();
watchAround();
void arrive();
window.addEventListener("hashchange", () => void arrive());

const root = document.getElementById("root");
if (root) createRoot(root).render(<StrictMode><App /></StrictMode>);
