#!/usr/bin/python3
"""Writes a BigDataViewer project of many images in many partition files, as a light-sheet time series of many tiles is stored:
a master with one external link an image, and an XML with one registration an image.

    tests/bench/make_project.py FOLDER [--setups 1000] [--timepoints 100] [--partitions 20x10] [--only-first]

writes FOLDER/project.xml, project.h5 and project-TT-SS.h5: by default 20 partitions along time by 10 along the setups.
With --only-first, only the partition of the first image is written: a program that opens any other one fails.
"""

import argparse
import os

import h5py
import numpy

SIZE = (24, 32, 40)  # z, y, x: large projects are made of small images as well as of large ones
FACTORS = ((1, 1, 1), (2, 2, 2))
CHUNK = (16, 16, 16)
TRANSFORMS = ("Stitching Transform", "Fast registration", "calibration")  # what BigStitcher piles up


def partition_name(time_part, setup_part):
    return f"project-{time_part:02d}-{setup_part:02d}.h5"


def split(count, parts):
    """Ranges of nearly equal length."""
    bounds = [count * i // parts for i in range(parts + 1)]
    return [range(begin, end) for begin, end in zip(bounds, bounds[1:])]


def value(timepoint, setup):
    """The value of every voxel of the image."""
    return 1 + (timepoint * 31 + setup * 7) % 65000


def write_setup_tables(file, setups):
    for setup in setups:
        group = file.create_group(f"s{setup:02d}")
        group["resolutions"] = numpy.array(FACTORS, dtype="float64")
        group["subdivisions"] = numpy.array([CHUNK[::-1]] * len(FACTORS), dtype="int32")


def write_partition(path, timepoints, setups):
    """Ids are kept, so no mapping is needed."""
    with h5py.File(path, "w", libver="earliest") as file:
        write_setup_tables(file, setups)
        for timepoint in timepoints:
            for setup in setups:
                for level, factor in enumerate(FACTORS):
                    shape = tuple(n // f for n, f in zip(SIZE, reversed(factor)))
                    # Fiji stores the bits of uint16 as int16.
                    file.create_dataset(f"t{timepoint:05d}/s{setup:02d}/{level}/cells", chunks=CHUNK, compression="gzip",
                                        maxshape=(None, None, None),
                                        data=numpy.full(shape, value(timepoint, setup), "uint16").view("int16"))


def write_master(path, time_parts, setup_parts):
    with h5py.File(path, "w", libver="earliest") as file:
        for setups in setup_parts:
            write_setup_tables(file, setups)
        for t, timepoints in enumerate(time_parts):
            for timepoint in timepoints:
                group = file.create_group(f"t{timepoint:05d}")
                for s, setups in enumerate(setup_parts):
                    for setup in setups:
                        group[f"s{setup:02d}"] = h5py.ExternalLink(partition_name(t, s), f"t{timepoint:05d}/s{setup:02d}")


def write_xml(path, time_parts, setup_parts):
    setups = [setup for part in setup_parts for setup in part]
    timepoints = [timepoint for part in time_parts for timepoint in part]
    with open(path, "w", encoding="utf-8") as file:
        file.write('<?xml version="1.0" encoding="UTF-8"?>\n<SpimData version="0.2">\n'
                   '  <BasePath type="relative">.</BasePath>\n  <SequenceDescription>\n'
                   '    <ImageLoader format="bdv.hdf5">\n      <hdf5 type="relative">project.h5</hdf5>\n')
        for t, part_timepoints in enumerate(time_parts):
            for s, part_setups in enumerate(setup_parts):
                file.write(f'      <partition>\n        <path type="relative">{partition_name(t, s)}</path>\n')
                for what, ids in (("timepoint", part_timepoints), ("setup", part_setups)):
                    text = " ".join(map(str, ids))
                    file.write(f"        <{what}s>{text}</{what}s>\n        <{what}sMapped>{text}</{what}sMapped>\n")
                file.write("      </partition>\n")
        file.write("    </ImageLoader>\n    <ViewSetups>\n")
        for setup in setups:
            file.write(f"""      <ViewSetup>
        <id>{setup}</id>
        <name>tile {setup // 2}, channel {setup % 2}</name>
        <size>{SIZE[2]} {SIZE[1]} {SIZE[0]}</size>
        <voxelSize><unit>um</unit><size>0.4 0.4 1.5</size></voxelSize>
        <attributes><illumination>0</illumination><channel>{setup % 2}</channel><tile>{setup // 2}</tile><angle>0</angle></attributes>
      </ViewSetup>
""")
        file.write("      <Attributes name=\"tile\">\n")
        for tile in range((len(setups) + 1) // 2):
            file.write(f"        <Tile><id>{tile}</id><name>{tile}</name><location>{tile}.0 0.0 0.0</location></Tile>\n")
        file.write(f"""      </Attributes>
    </ViewSetups>
    <Timepoints type="range"><first>{timepoints[0]}</first><last>{timepoints[-1]}</last></Timepoints>
    <MissingViews />
  </SequenceDescription>
  <ViewRegistrations>
""")
        for timepoint in timepoints:
            for setup in setups:
                file.write(f'    <ViewRegistration timepoint="{timepoint}" setup="{setup}">\n')
                for name in TRANSFORMS:
                    x = 0.4 * 40 * (setup // 2) if name == TRANSFORMS[0] else 0.0
                    scale = (0.4, 0.4, 1.5) if name == TRANSFORMS[-1] else (1.0, 1.0, 1.0)
                    file.write(f'      <ViewTransform type="affine">\n        <Name>{name}</Name>\n'
                               f"        <affine>{scale[0]} 0.0 0.0 {x} 0.0 {scale[1]} 0.0 0.0 0.0 0.0 {scale[2]} 0.0"
                               "</affine>\n      </ViewTransform>\n")
                file.write("    </ViewRegistration>\n")
        file.write("  </ViewRegistrations>\n</SpimData>\n")


def write_project(folder, setups=1000, timepoints=100, partitions=(20, 10), only_first=False):
    """Returns the XML's path."""
    time_parts, setup_parts = split(timepoints, partitions[0]), split(setups, partitions[1])
    os.makedirs(folder, exist_ok=True)
    for t, part_timepoints in enumerate(time_parts):
        for s, part_setups in enumerate(setup_parts):
            if (t, s) == (0, 0) or not only_first:
                write_partition(os.path.join(folder, partition_name(t, s)), part_timepoints, part_setups)
    write_master(os.path.join(folder, "project.h5"), time_parts, setup_parts)
    xml = os.path.join(folder, "project.xml")
    write_xml(xml, time_parts, setup_parts)
    return xml


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--setups", type=int, default=1000)
    parser.add_argument("--timepoints", type=int, default=100)
    parser.add_argument("--partitions", default="20x10")
    parser.add_argument("--only-first", action="store_true")
    arguments = parser.parse_args()
    partitions = tuple(map(int, arguments.partitions.split("x")))
    print(write_project(arguments.folder, arguments.setups, arguments.timepoints, partitions, arguments.only_first))


if __name__ == "__main__":
    main()
