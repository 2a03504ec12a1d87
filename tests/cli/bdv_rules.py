"""What BigDataViewer takes for granted in an XML/HDF5 dataset, checked with h5py and ElementTree alone."""

import os
import zlib
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
    base = root.find("BasePath")
    assert base.get("type") == "relative" and base.text == "."
    folder = os.path.dirname(xml)
    setups = check_setups(sequence.find("ViewSetups"))
    timepoints = timepoint_ids(sequence.find("Timepoints"))
    views = {(timepoint, setup) for timepoint in timepoints for setup in setups}
    missing = {(int(view.get("timepoint")), int(view.get("setup"))) for view in sequence.iter("MissingView")}
    assert missing < views, "only views that exist can be missing, and not all of them"
    check_registrations(root, views)
    with open_hdf5(loader.find("hdf5"), folder) as file:
        assert {name for name in file if name.startswith("s")} == {f"s{setup:02d}" for setup in setups}
        present = {(int(time[1:]), int(setup[1:])) for time in file if time.startswith("t") for setup in file[time]}
        assert present == views - missing
        for setup, size in setups.items():
            check_tables(file[f"s{setup:02d}"])
        for timepoint, setup in present:
            check_cells(file, timepoint, setup, setups[setup])
        partitioned = [view for partition in loader.findall("partition") for view in check_partition(partition, folder, file)]
        assert len(partitioned) == len(set(partitioned)), "a view is in one partition"
        assert not partitioned or set(partitioned) >= present


def open_hdf5(element, folder):
    """The file that <hdf5> or <path> names: BigDataViewer takes the text as it is, without trimming it."""
    assert element.get("type") == "relative" and element.text == element.text.strip() and os.path.dirname(element.text) == ""
    path = os.path.join(folder, element.text)
    with open(path, "rb") as file:
        # The signature, then version 0 of the superblock, which JHDF5 writes and all of its versions read.
        assert file.read(9) == b"\x89HDF\r\n\x1a\n\0"
    return h5py.File(path, "r")


def check_setups(element):
    sizes = {}
    attributes = {kind.get("name"): {child.find("id").text for child in kind} for kind in element.findall("Attributes")}
    for setup in element.findall("ViewSetup"):
        assert len(setup.find("size").text.split()) == 3
        sizes[int(setup.find("id").text)] = tuple(map(int, setup.find("size").text.split()))
        assert setup.find("voxelSize/unit") is not None
        voxel_size = list(map(float, setup.find("voxelSize/size").text.split()))
        assert len(voxel_size) == 3 and all(0 < number < numpy.inf for number in voxel_size)
        # An attribute that is not listed makes BigDataViewer fail with a null pointer.
        for attribute in setup.find("attributes"):
            assert attribute.text in attributes[attribute.tag], f"{attribute.tag} {attribute.text} is not listed"
    assert sizes and len(sizes) == len(element.findall("ViewSetup")), "setup ids are unique"
    return sizes


def timepoint_ids(element):
    if element.get("type") == "range":
        ids = list(range(int(element.find("first").text), int(element.find("last").text) + 1))
    else:
        assert element.get("type") == "list"
        ids = [int(timepoint.find("id").text) for timepoint in element.findall("Timepoint")]
    assert ids and ids == sorted(set(ids)), ids
    return ids


def check_registrations(root, views):
    registered = []
    for view in root.find("ViewRegistrations").findall("ViewRegistration"):
        registered.append((int(view.get("timepoint")), int(view.get("setup"))))
        for transform in view.findall("ViewTransform"):
            assert transform.get("type") == "affine"
            text = transform.find("affine").text
            # BigDataViewer splits the text as it stands.
            assert text == text.lstrip() and len(text.split()) == 12, text
            assert numpy.isfinite([float(number) for number in text.split()]).all()
    assert sorted(registered) == sorted(views), "each view has one registration, also one that is missing"


def check_tables(group):
    resolutions, subdivisions = group["resolutions"], group["subdivisions"]
    assert resolutions.dtype == numpy.float64 and subdivisions.dtype == numpy.int32
    assert resolutions.shape == subdivisions.shape and resolutions.shape[1] == 3
    assert (subdivisions[()] > 0).all()
    assert (resolutions[0] == 1).all(), "level 0 has the factor 1"
    assert (numpy.diff(resolutions[()], axis=0) >= 0).all() and (resolutions[()] % 1 == 0).all()
    for before, after in zip(resolutions[:-1], resolutions[1:]):
        assert (after % before == 0).all() and (after > before).any()
    # JHDF5's own kind of text, of a fixed length.
    text = h5py.check_string_dtype(group.attrs.get_id("dataType").dtype)
    assert text and text.length == len(data_type(group)) and data_type(group) in TYPES


def data_type(group):
    kind = group.attrs["dataType"]
    return kind.decode() if isinstance(kind, bytes) else kind


def check_cells(file, timepoint, setup, size):
    group = file[f"t{timepoint:05d}/s{setup:02d}"]
    kind = data_type(file[f"s{setup:02d}"])
    factors = file[f"s{setup:02d}/resolutions"][()]
    assert sorted(map(int, group)) == list(range(len(factors)))
    for level, (factor, chunk) in enumerate(zip(factors, file[f"s{setup:02d}/subdivisions"][()])):
        cells = group[f"{level}/cells"]
        # uint16 is stored as int16, the only type that early versions of BigDataViewer could read.
        assert cells.dtype == ("int16" if kind == "uint16" else kind), (cells.dtype, kind)
        assert cells.dtype.byteorder in "=<|"
        assert cells.shape == tuple(-(-n // int(f)) for n, f in zip(reversed(size), reversed(factor))), (cells.shape, size, factor)
        assert cells.chunks == tuple(reversed(chunk.tolist())), (cells.chunks, chunk)
        assert cells.maxshape == (None, None, None) and cells.fillvalue == 0
        plist = cells.id.get_create_plist()
        filters = [plist.get_filter(i)[0] for i in range(plist.get_nfilters())]
        # Whole numbers by scale-offset (6) and deflate (1), others by shuffle (2) and deflate, as JHDF5 does it.
        assert filters in ([], [2, 1] if kind.startswith("float") else [6, 1]), filters
        if filters == [6, 1]:
            check_records(cells)


def check_records(cells):
    """HDF5 1.14.5 and 1.14.6 refuse records of scale-offset that save no bit: such chunks skip that filter."""
    for i in range(cells.id.get_num_chunks()):
        mask, stored = cells.id.read_direct_chunk(cells.id.get_chunk_info(i).chunk_offset)
        assert mask in (0, 1), mask
        if mask == 0:
            bits = int.from_bytes(zlib.decompress(stored)[:4], "little")
            assert bits < 8 * cells.dtype.itemsize, f"a record of all {bits} bits"


def check_partition(partition, folder, master):
    """Returns those of its views, (timepoint, setup), that are not missing."""
    assert partition.find("timepointsMapped") is None and partition.find("setupsMapped") is None
    path = partition.find("path")
    views = []
    with open_hdf5(path, folder) as file:
        for timepoint in map(int, partition.find("timepoints").text.split()):
            for setup in map(int, partition.find("setups").text.split()):
                if f"t{timepoint:05d}/s{setup:02d}" not in file:
                    continue
                views.append((timepoint, setup))
                for level in file[f"t{timepoint:05d}/s{setup:02d}"]:
                    name = f"t{timepoint:05d}/s{setup:02d}/{level}/cells"
                    link = master.get(name, getlink=True)
                    assert isinstance(link, h5py.ExternalLink) and (link.filename, link.path) == (path.text, name), name
                for table in ("resolutions", "subdivisions"):
                    assert (file[f"s{setup:02d}/{table}"][()] == master[f"s{setup:02d}/{table}"][()]).all()
                assert data_type(file[f"s{setup:02d}"]) == data_type(master[f"s{setup:02d}"])
    return views
