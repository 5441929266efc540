// SPDX-License-Identifier: Apache-2.0
import { useEffect, useRef } from "preact/hooks";
import { useApp } from "../state/console_app";

/** The plan in space: patient, structures, all beams, the chosen one with its field. */
export function PlanRoom() {
  const { planScene, viewports } = useApp();
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const stops = [viewports.add(planScene.view(place.current!)), planScene.attach(place.current!)];
    return () => stops.forEach((stop) => stop());
  }, [planScene, viewports]);
  return (
    <figure class="slice space">
      <div class="viewport" ref={place} tabIndex={0} role="img" aria-label="patient, structures and beams in space; arrow keys turn, plus and minus zoom" />
      <figcaption>3D <span class="more">drag or arrow keys turn, wheel zooms</span></figcaption>
    </figure>
  );
}
