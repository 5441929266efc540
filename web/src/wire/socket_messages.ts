// SPDX-License-Identifier: Apache-2.0

/** What the page says to the worker that holds its WebSocket. */
export type ToSocket =
  | { readonly kind: "open"; readonly url: string; readonly token: string }
  | { readonly kind: "seen" }
  | { readonly kind: "send"; readonly message: { readonly type: string } };

/** What the worker says to the page. `heard_ms` is when it came from the network, by the page's clock since 1970. */
export type FromSocket =
  | { readonly kind: "opened" }
  | { readonly kind: "closed"; readonly reason: string }
  | { readonly kind: "text"; readonly text: string; readonly heard_ms: number }
  | { readonly kind: "binary"; readonly data: ArrayBuffer; readonly heard_ms: number };
