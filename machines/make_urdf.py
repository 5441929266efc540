#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes machine.urdf and meshes/ of the shipped machines from their dimensions: run it after a change of these.

    python3 machines/make_urdf.py            # all three, beside this file
    python3 machines/make_urdf.py --check    # exit code 1 if a written file differs from what would be written

Frame F of IEC 61217 with the isocentre at its origin; dimensions in millimetres here, metres in the URDF. Masses are those
of the shapes at the mean density given with each part. Everything is a box, a cylinder or a convex mesh: no shape is taken
from anyone's drawing.

Where the figures come from:
- arms: KUKA KR 210 R2700 extra, axes at 675/350/1150/-41/1200/215 mm, position limits and speeds as in its data sheet and
  in ROS-Industrial's kuka_kr210_support; the bodies around the axes are boxes and cylinders of about its drawn sizes.
- table tops: 2.0 m long, 450 mm wide, 60 mm thick, as carbon-fibre tops of radiotherapy couches are (530 mm and less).
- linac heads: 260 to 320 mm around an X-band accelerator with its shield, and a collimator whose end is 140 mm wide across
  the leaves (64 leaf pairs are 120 mm there) and 300 mm along them; design choices that fit the beam of machine.toml.
- rings, arc, yoke and shield: design choices around the head's swept volume, 50 mm and more apart.
"""

import argparse
import math
import struct
import sys
from pathlib import Path
from xml.etree import ElementTree as xml

HERE = Path(__file__).resolve().parent
DEG = math.pi / 180.0


def text(values):
    return " ".join(f"{v:.12g}" if abs(v) > 1e-15 else "0" for v in values)


def metres(values):
    return text([0.001 * v for v in values])


class Shape:
    """A collision shape: an element of the URDF, where it stands (mm, rad), its volume (mm³) and a box around it (mm)."""

    def __init__(self, element, xyz, rpy, volume, sides):
        self.element, self.xyz, self.rpy, self.volume, self.sides = element, xyz, rpy, volume, sides


def box(lower, upper, rpy=(0, 0, 0)):
    """A box between two corners, or, with rpy, of that size about its middle and then turned."""
    sides = [u - l for l, u in zip(lower, upper)]
    element = xml.Element("box", size=metres(sides))
    middle = [0.5 * (l + u) for l, u in zip(lower, upper)]
    return Shape(element, middle, rpy, sides[0] * sides[1] * sides[2], sides)


def box_at(middle, sides, rpy):
    element = xml.Element("box", size=metres(sides))
    return Shape(element, middle, rpy, sides[0] * sides[1] * sides[2], sides)


def cylinder(radius, begin, end, axis):
    """A cylinder along axis 'x', 'y' or 'z' from `begin` to `end` (points that differ in that coordinate only)."""
    length = abs(sum(e - b for b, e in zip(begin, end)))
    rpy = {"x": (0, 90 * DEG, 0), "y": (90 * DEG, 0, 0), "z": (0, 0, 0)}[axis]
    element = xml.Element("cylinder", radius=metres([radius]), length=metres([length]))
    middle = [0.5 * (b + e) for b, e in zip(begin, end)]
    sides = [length if axis == a else 2 * radius for a in "xyz"]
    return Shape(element, middle, rpy, math.pi * radius ** 2 * length, sides)


class Machine:
    def __init__(self, name):
        self.name, self.meshes = name, {}
        self.robot = xml.Element("robot", name=name)

    def frustum(self, file, near, far):
        """A convex mesh: rectangle (half x, half y, z) at the near end, another at the far end."""
        points = [(sx * hx, sy * hy, z) for hx, hy, z in (near, far) for sx, sy in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
        faces = [(0, 3, 2), (0, 2, 1), (4, 5, 6), (4, 6, 7)]
        for k in range(4):
            n = (k + 1) % 4
            faces += [(k, n, 4 + n), (k, 4 + n, 4 + k)]
        self.meshes[file] = stl(points, faces)
        height = far[2] - near[2]
        areas = [4 * near[0] * near[1], 4 * far[0] * far[1]]
        volume = height / 3 * (areas[0] + areas[1] + math.sqrt(areas[0] * areas[1]))
        element = xml.Element("mesh", filename=f"meshes/{file}", scale="0.001 0.001 0.001")
        sides = [2 * max(near[0], far[0]), 2 * max(near[1], far[1]), height]
        return Shape(element, (0, 0, 0), (0, 0, 0), volume, sides)

    def link(self, name, shapes=(), density=1.0):
        """density in g/cm³, a mean over the part's envelope."""
        link = xml.SubElement(self.robot, "link", name=name)
        if shapes:
            self._inertial(link, shapes, density)
        for shape in shapes:
            collision = xml.SubElement(link, "collision")
            xml.SubElement(collision, "origin", xyz=metres(shape.xyz), rpy=text(shape.rpy))
            xml.SubElement(collision, "geometry").append(shape.element)

    @staticmethod
    def _inertial(link, shapes, density):
        masses = [shape.volume * 1e-6 * density for shape in shapes]
        mass = sum(masses)
        centre = [sum(m * s.xyz[k] for m, s in zip(masses, shapes)) / mass for k in range(3)]
        moments = [0.0, 0.0, 0.0]
        for m, shape in zip(masses, shapes):  # boxes about each shape, shifted to the common centre (Steiner)
            square = [(side / 1000) ** 2 / 12 for side in shape.sides]
            shift = [((p - c) / 1000) ** 2 for p, c in zip(shape.xyz, centre)]
            for k in range(3):
                a, b = (k + 1) % 3, (k + 2) % 3
                moments[k] += m * (square[a] + square[b] + shift[a] + shift[b])
        inertial = xml.SubElement(link, "inertial")
        xml.SubElement(inertial, "origin", xyz=metres(centre), rpy="0 0 0")
        xml.SubElement(inertial, "mass", value=f"{mass:.4g}")
        xml.SubElement(inertial, "inertia", ixx=f"{moments[0]:.4g}", ixy="0", ixz="0", iyy=f"{moments[1]:.4g}", iyz="0",
                       izz=f"{moments[2]:.4g}")

    def joint(self, name, kind, parent, child, xyz=(0, 0, 0), rpy=(0, 0, 0), axis=None, limits=None):
        joint = xml.SubElement(self.robot, "joint", name=name, type=kind)
        xml.SubElement(joint, "origin", xyz=metres(xyz), rpy=text(rpy))
        xml.SubElement(joint, "parent", link=parent)
        xml.SubElement(joint, "child", link=child)
        if axis:
            unit = 0.001 if kind == "prismatic" else DEG
            lower, upper, speed = limits
            xml.SubElement(joint, "axis", xyz=text(axis))
            xml.SubElement(joint, "limit", lower=text([unit * lower]), upper=text([unit * upper]),
                           velocity=text([unit * speed]), effort="0")

    def fixed(self, parent, child, xyz=(0, 0, 0), rpy=(0, 0, 0)):
        self.joint(f"{child}_mount", "fixed", parent, child, xyz, rpy)

    def files(self):
        xml.indent(self.robot)
        head = ('<?xml version="1.0"?>\n<!-- SPDX-License-Identifier: Apache-2.0 -->\n'
                "<!-- Written by machines/make_urdf.py; change the dimensions there. Metres, radians, kilograms. -->\n")
        body = xml.tostring(self.robot, encoding="unicode")
        files = {"machine.urdf": (head + body + "\n").encode()}
        files.update({f"meshes/{file}": data for file, data in self.meshes.items()})
        return files


def stl(points, faces):
    data = b"SPDX-License-Identifier: Apache-2.0; written by machines/make_urdf.py; mm".ljust(80) + struct.pack("<I", len(faces))
    for face in faces:
        data += struct.pack("<12fH", 0, 0, 0, *(c for k in face for c in points[k]), 0)
    return data


def add_arm(machine, prefix, parent, xyz, rpy, last_shapes=()):
    """Six axes of a KR 210 R2700 extra from its foot on `parent`; the flange's outward axis is X of PREFIX_6."""
    def name(k):
        return f"{prefix}_{k}"
    machine.link(name(0), [cylinder(300, (0, 0, 0), (0, 0, 420), "z")], 2.0)
    machine.fixed(parent, name(0), xyz, rpy)
    machine.link(name(1), [box((-220, -230, -240), (430, 230, 150))], 1.6)
    machine.link(name(2), [box((-130, -140, -150), (1280, 140, 150))], 1.0)
    machine.link(name(3), [box((-180, -150, -190), (420, 150, 130))], 1.2)
    machine.link(name(4), [cylinder(130, (430, 0, 0), (1080, 0, 0), "x")], 1.0)
    machine.link(name(5), [cylinder(95, (0, -110, 0), (0, 110, 0), "y")], 2.0)
    machine.link(name(6), [cylinder(100, (-60, 0, 0), (0, 0, 0), "x"), *last_shapes], 2.0)
    axes = [((0, 0, 675), (0, 0, -1), (-185, 185, 123)), ((350, 0, 0), (0, 1, 0), (-140, -5, 115)),
            ((1150, 0, 0), (0, 1, 0), (-120, 155, 112)), ((0, 0, -41), (-1, 0, 0), (-350, 350, 179)),
            ((1200, 0, 0), (0, 1, 0), (-125, 125, 172)), ((215, 0, 0), (-1, 0, 0), (-350, 350, 219))]
    for k, (origin, axis, limits) in enumerate(axes, start=1):
        machine.joint(f"{prefix}_a{k}", "revolute", name(k - 1), name(k), origin, axis=axis, limits=limits)


def add_table_on_arm(machine, prefix):
    """A table top held at its foot end; frame T has its origin on the surface, where the isocentre comes to lie."""
    machine.link("table_top", [box((-225, -1480, -60), (225, 520, 0)), box((-130, -1500, -160), (130, -1180, -60))], 0.15)
    machine.fixed(f"{prefix}_6", "table_top", (1500, 0, 100), (0, 0, -90 * DEG))


def add_floor(machine, z):
    machine.link("floor", [box((-4000, -4500, z - 100), (4000, 3000, z))], 2.3)
    machine.fixed("room", "floor")


def ring_arm_4pi():
    m = Machine("ring-arm-4pi")
    m.link("room")
    add_floor(m, -1250)
    pieces, inner, outer, half_width = 24, 1180, 1450, 180
    ring = []
    for k in range(pieces):
        angle = 2 * math.pi * (k + 0.5) / pieces
        radius = 0.5 * (inner + outer)
        width = 2 * outer * math.tan(math.pi / pieces)
        ring.append(box_at((radius * math.sin(angle), 0, radius * math.cos(angle)), (width, 2 * half_width, outer - inner),
                           (0, angle, 0)))
    m.link("ring", ring, 1.5)
    m.fixed("room", "ring")
    arc = []
    for tilt in range(-50, 51, 10):
        t = tilt * DEG
        arc.append(box_at((0, -1080 * math.sin(t), 1080 * math.cos(t)), (260, 205, 100), (t, 0, 0)))
    m.link("arc", arc, 2.0)
    m.joint("gantry", "revolute", "room", "arc", axis=(0, 1, 0), limits=(-185, 185, 12))
    nose = m.frustum("nose.stl", (150, 70, -400), (180, 105, -250))
    m.link("head", [nose, box((-160, -130, -250), (160, 130, 215))], 2.5)
    m.joint("tilt", "revolute", "arc", "head_pivot", axis=(1, 0, 0), limits=(-50, 50, 6))
    m.link("head_pivot")
    m.fixed("head_pivot", "head", (0, 0, 800))
    m.link("beam")
    m.fixed("head", "beam")
    add_arm(m, "couch", "room", (0, -2950, -1250), (0, 0, 90 * DEG))
    add_table_on_arm(m, "couch")
    return m


def sphere_linac():
    m = Machine("sphere-linac")
    m.link("room")
    wall = 1560
    plates = [box((-wall - 100, -1550, -wall - 100), (wall + 100, 1750, -wall)),  # floor plate
              box((-wall - 100, -1550, wall), (wall + 100, 1750, wall + 100)),
              box((-wall - 100, -1550, -wall), (-wall, 1750, wall)), box((wall, -1550, -wall), (wall + 100, 1750, wall)),
              box((-wall, 1650, -wall), (wall, 1750, wall)),
              # the front with an opening for patient and table, 800 mm wide and 850 mm high
              box((-wall, -1550, -wall), (-400, -1450, wall)), box((400, -1550, -wall), (wall, -1450, wall)),
              box((-400, -1550, -wall), (400, -1450, -450)), box((-400, -1550, 400), (400, -1450, wall))]
    m.link("shield", plates, 7.8)
    m.fixed("room", "shield")
    m.link("pedestal", [box((-250, -4000, -wall), (250, -2500, -520))], 1.0)
    m.fixed("room", "pedestal")
    yoke = [box((-1500, -120, -120), (-1410, 1580, 120)), box((1410, -120, -120), (1500, 1580, 120)),
            box((-1410, 1500, -120), (1410, 1580, 120))]
    m.link("yoke", yoke, 3.0)
    m.joint("gantry", "revolute", "room", "yoke", axis=(0, 1, 0), limits=(-185, 185, 12))
    cradle = []
    for degrees in range(-80, 81, 20):
        a = degrees * DEG
        cradle.append(box_at((1325 * math.sin(a), 0, 1325 * math.cos(a)), (480, 200, 90), (0, a, 0)))
    m.link("cradle", cradle, 3.0)
    m.joint("tilt", "revolute", "yoke", "cradle", axis=(1, 0, 0), limits=(-95, 95, 10))
    nose = m.frustum("nose.stl", (150, 70, -400), (180, 105, -250))
    m.link("head", [nose, box((-160, -130, -250), (160, 130, 270))], 2.5)
    m.fixed("cradle", "head", (0, 0, 1000))
    m.link("beam")
    m.fixed("head", "beam")
    m.joint("couch_y", "prismatic", "room", "couch_long", axis=(0, 1, 0), limits=(-1800, 600, 100))
    m.link("couch_long")
    m.joint("couch_x", "prismatic", "couch_long", "couch_lat", axis=(1, 0, 0), limits=(-200, 200, 60))
    m.link("couch_lat")
    m.joint("couch_z", "prismatic", "couch_lat", "table_top", axis=(0, 0, 1), limits=(-350, 60, 40))
    m.link("table_top", [box((-225, -2700, -60), (225, 520, 0)), box((-180, -2700, -120), (180, -1700, -60))], 0.15)
    return m


def radiosurgery_arm():
    m = Machine("radiosurgery-arm")
    m.link("room")
    add_floor(m, -1250)
    m.link("plinth", [box((-1850, 850, -1250), (-1150, 1550, -750))], 2.3)
    m.fixed("room", "plinth")
    add_arm(m, "linac", "room", (-1500, 1200, -750), (0, 0, -40 * DEG))
    nose = m.frustum("nose.stl", (60, 60, -420), (150, 125, -260))
    m.link("head", [nose, box((-150, -150, -260), (150, 150, 230)), cylinder(110, (-200, 0, 0), (-150, 0, 0), "x")], 2.5)
    m.fixed("linac_6", "head", (200, 0, 0))
    m.link("beam")
    m.fixed("head", "beam")
    add_arm(m, "couch", "room", (0, -2950, -1250), (0, 0, 90 * DEG))
    add_table_on_arm(m, "couch")
    return m


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing; exit code 1 if a file is not up to date")
    arguments = parser.parse_args()
    stale = []
    for machine in (ring_arm_4pi(), sphere_linac(), radiosurgery_arm()):
        for file, data in machine.files().items():
            path = HERE / machine.name / file
            if path.is_file() and path.read_bytes() == data:
                continue
            stale.append(path)
            if not arguments.check:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
    for path in stale:
        print(f"{'stale' if arguments.check else 'wrote'}: {path.relative_to(HERE.parent)}")
    return 1 if arguments.check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
