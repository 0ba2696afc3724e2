import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { arrive } from "./access/session";
import { App } from "./app/App";
import { watchAround } from "./app/live";
import { startRouter } from "./app/router";
import { SharePage } from "./shares/SharePage";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/controls.css";
import "./styles/notes.css";
import "./styles/forms.css";
import "./styles/dialog.css";
import "./styles/popup.css";
import "./styles/layout.css";
import "./styles/access.css";
import "./styles/jobs.css";
import "./styles/uploads.css";
import "./styles/import.css";
import "./styles/groups.css";
import "./styles/drawer.css";
import "./styles/assets.css";
import "./styles/entries.css";
import "./styles/asset.css";
import "./styles/edits.css";
import "./styles/versions.css";
import "./styles/library.css";
import "./styles/shelf.css";
import "./styles/selection.css";
import "./styles/shares.css";
import "./styles/people.css";
import "./styles/notices.css";
import "./styles/reviews.css";
import "./styles/stage.css";
import "./styles/transport.css";
import "./styles/comments.css";

// A share link is for people without an account: nothing asks there who is signed in, or listens for news.
const isShare = location.pathname === "/s";

if (!isShare) {
  startRouter();
  watchAround();
  void arrive();
  window.addEventListener("hashchange", () => void arrive());
}

const root = document.getElementById("root");
if (root) createRoot(root).render(<StrictMode>{isShare ? <SharePage /> : <App />}</StrictMode>);
