"""Lists everything that Volary's HDF5 reader knows about a file, one fact a line, as h5py and the HDF5 library see it.

hdf5_listing.cpp writes the same lines with our reader; the lines of both, sorted, must be equal.
"""
import shutil
import subprocess

import h5py
import numpy as np

MAX_CHUNKS = 400  # the library takes time linear in the chunks for each of them


def checksum(data):
    values = np.frombuffer(data, np.uint8).astype(np.uint64)
    weights = np.arange(len(values), dtype=np.uint64) % np.uint64(251) + np.uint64(1)
    return int((values * weights).sum()) % 2**32


def type_name(type_id):
    kind = type_id.get_class()
    if kind == h5py.h5t.ENUM:
        return type_name(type_id.get_super())
    if kind == h5py.h5t.STRING:
        return "text" if type_id.is_variable_str() else f"text{type_id.get_size()}"
    if kind == h5py.h5t.INTEGER and type_id.get_precision() == 8 * type_id.get_size():
        sign = "u" if type_id.get_sign() == h5py.h5t.SGN_NONE else ""
        name = f"{sign}int{8 * type_id.get_size()}"
    elif kind == h5py.h5t.FLOAT and type_id.get_size() in (4, 8):
        name = f"float{8 * type_id.get_size()}"
    else:
        return "other"
    return name + (">" if type_id.get_order() == h5py.h5t.ORDER_BE and type_id.get_size() > 1 else "")


def numbers(values):
    return " ".join(map(str, values))


def list_attributes(path, item):
    for name in item.attrs:
        attribute = h5py.h5a.open(item.id, name.encode("utf-8", "surrogateescape"))
        kind = type_name(attribute.get_type())
        line = f"attribute {path} {name} {kind}"
        if kind.startswith("text"):
            value = item.attrs[name]
            if isinstance(value, h5py.Empty):
                texts = []
            else:
                texts = [t.decode("utf-8", "surrogateescape") if isinstance(t, bytes) else str(t)
                         for t in np.ravel(np.asarray(value, dtype=object))]
            line += " " + "|".join(t.split("\0")[0] for t in texts)
        elif kind != "other":
            value = item.attrs[name]
            values = [] if isinstance(value, h5py.Empty) else np.ravel(np.asarray(value)).astype(float)
            line += " " + " ".join("%.17g" % v for v in values)
        yield line


def list_dataset(path, dataset):
    kind = type_name(dataset.id.get_type())
    plist = dataset.id.get_create_plist()
    line = f"dataset {path} {kind} [{numbers(dataset.shape or ())}]"
    if dataset.maxshape:
        line += " max [" + numbers("-" if m is None else m for m in dataset.maxshape) + "]"
    for i in range(plist.get_nfilters()):
        code, flags, values, name = plist.get_filter(i)
        # h5py 3.7 has room for 16 and gives stray memory for further ones.
        line += f" filter {code} ({numbers(v & 0xffffffff for v in values[:16])})"
    if plist.get_layout() != h5py.h5d.CHUNKED:
        layout = {h5py.h5d.COMPACT: "compact", h5py.h5d.CONTIGUOUS: "contiguous"}.get(plist.get_layout(), "other")
        offset = dataset.id.get_offset()
        # "Nowhere" is -1, to which the library adds the user block.
        if layout != "contiguous" or offset is None or offset == dataset.file.userblock_size - 1:
            offset = 0
        yield f"{line} {layout} {offset}"
        return
    count = dataset.id.get_num_chunks()
    stored = dataset.id.get_storage_size()
    yield f"{line} chunks [{numbers(plist.get_chunk())}] {count} of {stored} bytes"
    if kind != "other" and not kind.startswith("text"):
        fill = np.zeros((), dataset.dtype)  # what an undefined fill value counts as
        if plist.fill_value_defined() != h5py.h5d.FILL_VALUE_UNDEFINED:
            plist.get_fill_value(fill)
        yield f"fill {path} {'%.17g' % float(fill)}"
    for i in range(0, count, max(1, count // MAX_CHUNKS)):
        info = dataset.id.get_chunk_info(i)
        offset = true_offset(info.chunk_offset, dataset)
        mask, data = dataset.id.read_direct_chunk(offset)
        # HDF5 1.10 leaves the user block out, 1.14 does not.
        user_block = dataset.file.userblock_size if h5py.version.hdf5_version_tuple < (1, 14, 0) else 0
        stands_at = info.byte_offset + user_block
        yield f"chunk {path} [{numbers(offset)}] {stands_at} {len(data)} {mask} {checksum(data)}"


def true_offset(offset, dataset):
    """Where the chunk is that HDF5 1.10 reports at `offset`. With an extensible array, which newer metadata uses where
    one dimension is unlimited, HDF5 1.10 counts as if the last dimension were always the fastest; but the unlimited one
    is the slowest."""
    unlimited = [i for i, extent in enumerate(dataset.maxshape) if extent is None]
    with open(dataset.file.filename, "rb") as stream:
        head = stream.read(4096)
    is_new = head[head.index(b"\x89HDF") + 8] >= 2
    if len(unlimited) != 1 or not is_new:
        return offset
    index = 0
    for o, size, chunk in zip(offset, dataset.shape, dataset.chunks):
        index = index * -(-size // chunk) + o // chunk
    result = [0] * len(offset)
    for i in reversed([i for i in range(len(offset)) if i not in unlimited]):
        count = -(-dataset.maxshape[i] // dataset.chunks[i])
        result[i] = index % count * dataset.chunks[i]
        index //= count
    result[unlimited[0]] = index * dataset.chunks[unlimited[0]]
    return tuple(result)


def list_group(path, group, seen):
    for name in group.keys():
        child = (path + "/" + name).replace("//", "/")
        link = group.get(name, getlink=True)
        if isinstance(link, h5py.SoftLink):
            yield f"link {child} soft {link.path}"
        elif isinstance(link, h5py.ExternalLink):
            yield f"link {child} external {link.filename} {link.path}"
        else:
            yield f"link {child} hard"
            item = h5py.h5o.open(group.id, name.encode("utf-8", "surrogateescape"))
            address = h5py.h5o.get_info(item).addr
            if address in seen:
                continue
            seen.add(address)
            if isinstance(item, h5py.h5g.GroupID):
                yield from list_attributes(child, h5py.Group(item))
                yield from list_group(child, h5py.Group(item), seen)
            elif isinstance(item, h5py.h5d.DatasetID):
                yield from list_attributes(child, h5py.Dataset(item))
                yield from list_dataset(child, h5py.Dataset(item))


def open_file(path, copy):
    try:
        return h5py.File(path, "r")
    except OSError as error:
        if "h5clear" not in str(error):
            raise
    # Its writer crashed: the library wants that cleared first, we read it all the same.
    shutil.copyfile(path, copy)
    subprocess.run(["h5clear", "-s", copy], check=True)
    return h5py.File(copy, "r")


def write_listing(path, out):
    with open_file(path, out + ".h5") as file, open(out, "w", encoding="utf-8", errors="surrogateescape") as stream:
        seen = {h5py.h5o.get_info(file.id).addr}
        lines = [*list_attributes("/", file), *list_group("/", file, seen)]
        for line in sorted(line.encode("utf-8", "surrogateescape") for line in lines):
            stream.write(line.decode("utf-8", "surrogateescape").replace("\n", "\\n") + "\n")
