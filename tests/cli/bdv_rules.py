"""What BigDataViewer takes for granted of an XML/HDF5 dataset, checked with h5py and ElementTree alone."""

import os
from xml.etree import ElementTree

import h5py
import numpy

TYPES = {"uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64", "float32", "float64"}


def check_bdv_rules(xml):
    """Raises AssertionError with the rule that is broken."""
    root = ElementTree.parse(xml).getroot()
    assert root.tag == "SpimData" and root.get("version") == "0.2"
    sequence = root.find("SequenceDescription")
    loader = sequence.find("ImageLoader")
    assert loader.get("format") == "bdv.hdf5"
    hdf5 = loader.find("hdf5")
    assert hdf5.get("type") == "relative" and root.find("BasePath").text == "."
    folder = os.path.dirname(xml)
    setups = check_setups(sequence.find("ViewSetups"))
    timepoints = timepoint_ids(sequence.find("Timepoints"))
    missing = {(int(view.get("timepoint")), int(view.get("setup"))) for view in sequence.iter("MissingView")}
    check_registrations(root, timepoints, setups)
    with h5py.File(os.path.join(folder, hdf5.text), "r") as file:
        for setup, size in setups.items():
            check_tables(file[f"s{setup:02d}"])
            for timepoint in timepoints:
                if (timepoint, setup) not in missing:
                    check_cells(file, timepoint, setup, size)
        for partition in loader.findall("partition"):
            check_partition(partition, folder, file)


def check_setups(element):
    sizes = {}
    attributes = {kind.get("name"): {child.find("id").text for child in kind} for kind in element.findall("Attributes")}
    for setup in element.findall("ViewSetup"):
        assert len(setup.find("size").text.split()) == 3
        sizes[int(setup.find("id").text)] = tuple(map(int, setup.find("size").text.split()))
        assert setup.find("voxelSize/unit") is not None
        assert all(float(number) > 0 for number in setup.find("voxelSize/size").text.split())
        # An attribute that is not listed makes BigDataViewer fail with a null pointer.
        for attribute in setup.find("attributes"):
            assert attribute.text in attributes[attribute.tag], f"{attribute.tag} {attribute.text} is not listed"
    assert len(sizes) == len(element.findall("ViewSetup")), "setup ids are unique"
    return sizes


def timepoint_ids(element):
    if element.get("type") == "range":
        return list(range(int(element.find("first").text), int(element.find("last").text) + 1))
    assert element.get("type") == "list"
    return [int(timepoint.find("id").text) for timepoint in element.findall("Timepoint")]


def check_registrations(root, timepoints, setups):
    views = set()
    for view in root.find("ViewRegistrations").findall("ViewRegistration"):
        views.add((int(view.get("timepoint")), int(view.get("setup"))))
        for transform in view.findall("ViewTransform"):
            text = transform.find("affine").text
            # BigDataViewer splits the text as it stands.
            assert text == text.lstrip() and len(text.split()) == 12, text
            assert numpy.isfinite([float(number) for number in text.split()]).all()
    assert views == {(timepoint, setup) for timepoint in timepoints for setup in setups}


def check_tables(group):
    resolutions, subdivisions = group["resolutions"], group["subdivisions"]
    assert resolutions.dtype == numpy.float64 and subdivisions.dtype == numpy.int32
    assert resolutions.shape == subdivisions.shape and resolutions.shape[1] == 3
    assert (resolutions[0] == 1).all(), "level 0 has the factor 1"
    assert (numpy.diff(resolutions[()], axis=0) >= 0).all() and (resolutions[()] % 1 == 0).all()
    for before, after in zip(resolutions[:-1], resolutions[1:]):
        assert (after % before == 0).all() and (after > before).any()
    kind = group.attrs["dataType"]
    assert (kind.decode() if isinstance(kind, bytes) else kind) in TYPES


def check_cells(file, timepoint, setup, size):
    group = file[f"t{timepoint:05d}/s{setup:02d}"]
    kind = file[f"s{setup:02d}"].attrs["dataType"]
    kind = kind.decode() if isinstance(kind, bytes) else kind
    factors = file[f"s{setup:02d}/resolutions"][()]
    assert sorted(map(int, group)) == list(range(len(factors)))
    for level, (factor, chunk) in enumerate(zip(factors, file[f"s{setup:02d}/subdivisions"][()])):
        cells = group[f"{level}/cells"]
        # uint16 stands as int16, which is all that BigDataViewer of old could read.
        assert cells.dtype == ("int16" if kind == "uint16" else kind), (cells.dtype, kind)
        assert cells.dtype.byteorder in "=<|"
        assert cells.shape == tuple(-(-n // int(f)) for n, f in zip(reversed(size), reversed(factor))), (cells.shape, size, factor)
        assert cells.chunks == tuple(reversed(chunk.tolist())), (cells.chunks, chunk)
        plist = cells.id.get_create_plist()
        filters = [plist.get_filter(i)[0] for i in range(plist.get_nfilters())]
        assert filters in ([], [6, 1], [2, 1]), filters


def check_partition(partition, folder, master):
    path = partition.find("path")
    assert path.get("type") == "relative" and os.path.dirname(path.text) == ""
    with h5py.File(os.path.join(folder, path.text), "r") as file:
        for timepoint in map(int, partition.find("timepoints").text.split()):
            for setup in map(int, partition.find("setups").text.split()):
                if f"t{timepoint:05d}/s{setup:02d}" not in file:
                    continue
                for level in file[f"t{timepoint:05d}/s{setup:02d}"]:
                    name = f"t{timepoint:05d}/s{setup:02d}/{level}/cells"
                    link = master.get(name, getlink=True)
                    assert isinstance(link, h5py.ExternalLink) and (link.filename, link.path) == (path.text, name), name
                assert (file[f"s{setup:02d}/resolutions"][()] == master[f"s{setup:02d}/resolutions"][()]).all()
