// SPDX-License-Identifier: Apache-2.0
import { ageText } from "../format/quantity";
import { useApp } from "../state/console_app";

/** Across the page while the server does not speak: nothing that is shown may be taken for what is. */
export function LostBanner() {
  const { state } = useApp();
  const { link } = state;
  if (link.state.value === "live") {
    return state.failure.value === "" ? null : <div class="banner failure" role="alert">{state.failure.value}</div>;
  }
  const isLost = link.state.value === "lost";
  return (
    <div class={isLost ? "banner lost" : "banner"} role="alert" data-banner={isLost ? "lost" : "connecting"}>
      {isLost ? (
        <>
          <b>CONNECTION LOST</b> {ageText(link.silence_s.value)} ago. Every value is old; the machine decides for itself. Watch the machine, not this page.
        </>
      ) : (
        "Connecting to the console's server"
      )}
    </div>
  );
}
