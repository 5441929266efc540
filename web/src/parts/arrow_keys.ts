// SPDX-License-Identifier: Apache-2.0
const steps: Readonly<Record<string, number>> = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

/** The arrow keys choose the next or the last one of a group of tabs or radio buttons, round its ends, as WAI-ARIA's patterns have it. */
export function chooseByArrows(press: KeyboardEvent): void {
  const step = steps[press.key];
  const buttons = [...(press.currentTarget as HTMLElement).querySelectorAll("button")];
  const at = buttons.indexOf(press.target as HTMLButtonElement);
  if (step === undefined || at < 0) {
    return;
  }
  press.preventDefault();
  const next = buttons[(at + step + buttons.length) % buttons.length]!;
  next.focus();
  next.click();
}
