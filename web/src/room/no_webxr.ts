// SPDX-License-Identifier: Apache-2.0
/** In place of three's WebXRManager, which a console without headsets does not ship: a renderer that never presents. */
export class WebXRManager {
  readonly enabled = false;
  readonly isPresenting = false;
  readonly cameraAutoUpdate = true;

  addEventListener(): void {}
  removeEventListener(): void {}
  setAnimationLoop(): void {}
  hasDepthSensing(): boolean {
    return false;
  }
  getEnvironmentBlendMode(): string {
    return "opaque";
  }
  dispose(): void {}
}
