// SPDX-License-Identifier: Apache-2.0

const key = "xingu-token";

/**
 * The token of the address's fragment, which a browser never sends to a server. It is kept for this tab, so that a page
 * can be loaded again, and taken out of the address, so that it does not lie in the history or in a picture of the screen.
 */
export function takeToken(window: Window): string {
  const match = /(?:^#|&)token=([^&]+)/.exec(window.location.hash);
  if (match !== null) {
    window.sessionStorage.setItem(key, match[1]!);
    window.history.replaceState(null, "", window.location.pathname + window.location.search);
  }
  return window.sessionStorage.getItem(key) ?? "";
}
