// SPDX-License-Identifier: Apache-2.0
import { BeamTable } from "../parts/beam_table";
import { DisplayTools, DoseKey } from "../parts/display_tools";
import { GoalTable } from "../parts/goal_table";
import { PlanDvh } from "../parts/plan_dvh";
import { PlanRoom } from "../parts/plan_room";
import { PlanNotes, PlanWarnings } from "../parts/plan_warnings";
import { CrosshairReadout, SliceView } from "../parts/slice_view";
import { StructureList } from "../parts/structure_list";

/** What will be given: beams and structures, the patient in slices and space, doses against goals. */
export function PlanPage() {
  return (
    <div class="plan-page">
      <section class="panel left" aria-label="beams and structures">
        <PlanWarnings />
        <BeamTable />
        <PlanNotes />
        <StructureList />
      </section>
      <section class="views" aria-label="patient and dose">
        <DisplayTools />
        <div class="four">
          <SliceView plane="axial" />
          <PlanRoom />
          <SliceView plane="sagittal" />
          <SliceView plane="coronal" />
        </div>
        <div class="under">
          <CrosshairReadout />
          <DoseKey />
        </div>
      </section>
      <section class="panel right" aria-label="dose-volume histogram and clinical goals">
        <PlanDvh />
        <GoalTable />
      </section>
    </div>
  );
}
