// SPDX-License-Identifier: Apache-2.0
import type { Console } from "./browser";

export const patientId = "phantom-heart";

/** Takes the seat if it is free. */
export async function takeSeat(console: Console): Promise<void> {
  await console.go("Deliver");
  await console.click("Take the operator's seat");
  await console.page.locator("[data-step]:not([data-step=seat])").waitFor();
}

/** Takes the seat again if it was lost: a page that gets no processor for five seconds, on a busy computer, gives it away. */
export async function keepSeat(console: Console): Promise<void> {
  if (await console.page.locator("[data-step=seat]").isVisible()) {
    await takeSeat(console);
  }
}

/** Loads the plan. The session goes on when the page is late: on a busy computer without a graphics card it may be. */
export async function load(console: Console, id = patientId): Promise<void> {
  await console.page.getByLabel("If this page is lost").selectOption("continue");
  await console.page.getByLabel("Patient ID, as read from the patient").fill(id);
  await console.click(/^Load plan/);
}

/** From ready to beam on, in the two steps that a person takes. */
export async function giveBeam(console: Console): Promise<void> {
  await console.page.locator("[data-step=arm]").waitFor();
  await console.click(/^1 · Arm/);
  await console.page.locator("[data-step=confirm]").waitFor();
  await console.click(/^2 · BEAM ON/);
  await console.page.locator("[data-step=treat]").waitFor();
}

/** Begins a fault of training at the panel. */
export async function beginFault(console: Console, kind: string, for_s: number): Promise<void> {
  await console.page.getByRole("tab", { name: "Training faults" }).click();
  await console.page.locator("select[name=fault]").selectOption(kind);
  await console.page.getByLabel(/^lasting/).fill(String(for_s));
  await console.click(/^Begin$/);
}

/**
 * Resumes until the beam is on again. One press may not do: an image that was taken while the camera stood still contradicts the model
 * until the next one is taken, and that interlock is acknowledged by itself.
 */
export async function resume(console: Console): Promise<void> {
  const isOn = console.page.locator('.beam-state [data-state="beam on"]').first();
  do {
    await console.click("Resume");
  } while (!(await isOn.waitFor({ timeout: 3000 }).then(() => true, () => false)));
}
