// SPDX-License-Identifier: Apache-2.0
// The console as a person uses it: a real browser at a really running server. The scenarios follow one session from the
// plan to the log; hazards of use have their own names.
import { after, before } from "node:test";
import { accessibilityScenarios } from "./accessibility";
import { scenariosAfterTheBeam } from "./after_the_beam";
import { scenariosBeforeTheBeam } from "./before_the_beam";
import { ecgScenarios } from "./ecg_page";
import { planScenarios } from "./plan_page";
import { ConsoleProcess } from "./program";
import { Stage } from "./stage";
import { scenariosUnderTheBeam } from "./under_the_beam";

let stage: Stage | undefined;
before(async () => {
  stage = await Stage.open();
});
after(async () => {
  await stage?.close();
  ConsoleProcess.killAll();
});
const current = () => stage!;

planScenarios(current);
ecgScenarios(current);
accessibilityScenarios(current);
scenariosBeforeTheBeam(current);
scenariosUnderTheBeam(current);
scenariosAfterTheBeam(current);
