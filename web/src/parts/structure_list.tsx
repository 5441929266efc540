// SPDX-License-Identifier: Apache-2.0
import { quantityText } from "../format/quantity";
import { useApp } from "../state/console_app";

/** The structures with their colours; each can be hidden in all pictures. */
export function StructureList() {
  const { anatomy } = useApp();
  const hidden = anatomy.hidden.value;
  return (
    <fieldset class="structures">
      <legend>Structures</legend>
      {anatomy.isLoading.value && <p class="more">loading</p>}
      {anatomy.structures.value.map(({ name, colour, isTarget, volume_cm3 }) => (
        <label key={name}>
          <input type="checkbox" checked={!hidden.has(name)} onChange={() => anatomy.toggle(name)} />
          <i class="swatch" style={{ background: colour }} />
          <span class="name">{name}{isTarget && <span class="more"> target</span>}</span>
          <span class="number">{quantityText(volume_cm3, "cm³")}</span>
        </label>
      ))}
    </fieldset>
  );
}
