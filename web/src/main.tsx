// SPDX-License-Identifier: Apache-2.0
import { render } from "preact";
import "uplot/dist/uPlot.min.css";
import { ConsolePage } from "./pages/console_page";
import { AppContext, ConsoleApp } from "./state/console_app";
import { takeToken } from "./state/token";
import { publishHook } from "./state/test_hook";
import "./theme/page.css";
import "./theme/parts.css";
import { paletteProperties } from "./theme/palette";

for (const [name, colour] of paletteProperties()) {
  document.documentElement.style.setProperty(name, colour);
}

const canvas = document.createElement("canvas");
canvas.className = "room-canvas";
canvas.setAttribute("aria-hidden", "true");
document.body.prepend(canvas);

const app = new ConsoleApp(canvas, window.location, takeToken(window));
publishHook(app);
render(
  <AppContext.Provider value={app}>
    <ConsolePage />
  </AppContext.Provider>,
  document.getElementById("app")!,
);
