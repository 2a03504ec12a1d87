#!/usr/bin/python3
"""Compares Volary's ray march with VTK's volume mappers, GPU and CPU, on the same voxels, view, picture size and step.

    xvfb-run -a tests/bench/bench_vtk.py VOLARY INPUT.xml [--setup ID] [--size N] [--passes K] [--rounds R] [--json]
                                                          [--pictures FOLDER]

Needs Debian's python3-vtk9, and a display for its GPU mapper (OpenGL; Mesa's llvmpipe where there is no GPU).

INPUT.xml is a BigDataViewer file whose image has no registration but its voxel size. Maximum projection and
compositing, trilinear, without light; one sample a voxel along the middle ray. The programs take turns, round by round;
each draws once unmeasured before that. The pictures are compared, to show that the times are for the same picture: the
script prints the mean difference in steps of 1 / 255. VTK's mappers keep what does not change, so their camera turns by
an angle too small to see.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time

import numpy
import vtk
from vtk.util import numpy_support

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cli"))
from bdv_files import BdvFile  # noqa: E402

MODES = ("mip", "dvr")
MAPPERS = {"vtkGpu": vtk.vtkGPUVolumeRayCastMapper, "vtkCpu": vtk.vtkFixedPointVolumeRayCastMapper}


class VtkPicture:
    """One mapper that draws one volume [z, y, x] of 16 bit, with spacing (x, y, z), as volary bench render does."""

    def __init__(self, make_mapper, mode, volume, spacing, report):
        data = numpy_support.numpy_to_vtk(volume.ravel(), deep=False, array_type=vtk.VTK_UNSIGNED_SHORT)
        self.volume = volume  # VTK makes no copy
        image = vtk.vtkImageData()
        image.SetDimensions(*volume.shape[::-1])
        image.SetSpacing(*spacing)
        image.GetPointData().SetScalars(data)

        camera = report["camera"]
        direction = numpy.array(camera["forward"])
        mapper = make_mapper()
        mapper.SetInputData(image)
        mapper.SetAutoAdjustSampleDistances(False)
        mapper.SetSampleDistance(1 / numpy.linalg.norm(direction / spacing))
        mapper.SetImageSampleDistance(1)
        if mode == "mip":
            mapper.SetBlendModeToMaximumIntensity()

        low, high = report["range"]
        colour, opacity = vtk.vtkColorTransferFunction(), vtk.vtkPiecewiseFunction()
        dark = low + 0.1 * (high - low)  # as in volary bench render
        if mode == "mip":
            colour.AddRGBPoint(low, 0, 0, 0)
            opacity.AddPoint(low, 1)
            opacity.AddPoint(high, 1)
        else:
            colour.AddRGBPoint(dark, 0.4, 0.4, 0.4)
            opacity.AddPoint(dark, 0)
            opacity.AddPoint(high, 0.5)
        colour.AddRGBPoint(high, 1, 1, 1)
        look = vtk.vtkVolumeProperty()
        look.SetColor(colour)
        look.SetScalarOpacity(opacity)
        look.SetScalarOpacityUnitDistance(min(spacing))
        look.SetInterpolationTypeToLinear()
        look.ShadeOff()
        actor = vtk.vtkVolume()
        actor.SetMapper(mapper)
        actor.SetProperty(look)

        renderer = vtk.vtkRenderer()
        renderer.AddVolume(actor)
        eye = renderer.GetActiveCamera()
        eye.SetPosition(*camera["position"])
        eye.SetFocalPoint(*(numpy.array(camera["position"]) + camera["pivotDistance"] * direction))
        eye.SetViewUp(*(-numpy.array(camera["down"])))
        eye.SetViewAngle(camera["fovYDegrees"])
        renderer.ResetCameraClippingRange()
        self.eye = eye
        self.window = vtk.vtkRenderWindow()
        self.window.SetOffScreenRendering(1)
        self.window.SetSize(*report["sizePx"])
        self.window.AddRenderer(renderer)
        self.turn = 1e-5

    def draw(self):
        """Milliseconds until the picture is there."""
        self.turn = -self.turn
        self.eye.Azimuth(self.turn)
        start = time.perf_counter()
        self.window.Render()
        self.window.WaitForCompletion()
        return 1e3 * (time.perf_counter() - start)

    def grey(self):
        grab = vtk.vtkWindowToImageFilter()
        grab.SetInput(self.window)
        grab.ReadFrontBufferOff()
        grab.Update()
        width, height, _ = grab.GetOutput().GetDimensions()
        pixels = numpy_support.vtk_to_numpy(grab.GetOutput().GetPointData().GetScalars())
        return pixels.reshape(height, width, -1)[::-1, :, 0]

    def driver(self):
        lines = (self.window.ReportCapabilities() or "").splitlines()
        return next((line.split(":", 1)[1].strip() for line in lines if "renderer string" in line), "")


def run_volary(arguments, *command):
    return subprocess.run([arguments.volary, *map(str, command)], check=True, capture_output=True, text=True).stdout


def bench_volary(arguments):
    return json.loads(run_volary(arguments, "bench", "render", arguments.input, "--setup", arguments.setup, "--size",
                                 f"{arguments.size}x{arguments.size}", "--passes", arguments.passes, "--json"))


def write_grey(path, pixels):
    image = vtk.vtkImageData()
    image.SetDimensions(pixels.shape[1], pixels.shape[0], 1)
    image.GetPointData().SetScalars(numpy_support.numpy_to_vtk(pixels[::-1].ravel(), deep=True))
    writer = vtk.vtkPNGWriter()
    writer.SetFileName(path)
    writer.SetInputData(image)
    writer.Write()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("volary")
    parser.add_argument("input")
    parser.add_argument("--setup", type=int, default=0)
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--passes", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--pictures", help="write what each has drawn")
    arguments = parser.parse_args()

    times = {mode: {"volary": []} | {mapper: [] for mapper in MAPPERS} for mode in MODES}
    pictures = {}
    for _ in range(arguments.rounds):
        report = bench_volary(arguments)
        for run in report["runs"]:
            if run["mode"] in MODES:
                times[run["mode"]]["volary"] += run["paths"]["skipping"]["ms"]
        if not pictures:
            level = next(BdvFile(arguments.input).levels(arguments.setup, 0))
            volume = numpy.ascontiguousarray(level).view("uint16")
            pictures = {(mode, name): VtkPicture(mapper, mode, volume, report["voxelSizeWorld"], report)
                        for mode in MODES for name, mapper in MAPPERS.items()}
            for picture in pictures.values():
                picture.draw()
        for (mode, name), picture in pictures.items():
            times[mode][name] += [picture.draw() for _ in range(arguments.passes)]

    differences = {}
    with tempfile.TemporaryDirectory() as folder:
        for mode in MODES:
            ours = os.path.join(arguments.pictures or folder, f"volary-{mode}.png")
            view = os.path.join(folder, "view.json")
            with open(view, "w") as out:
                json.dump(report["views"][mode], out)
            run_volary(arguments, "render", arguments.input, "--view", view, "--size", f"{arguments.size}x{arguments.size}",
                       "-o", ours)
            reader = vtk.vtkPNGReader()
            reader.SetFileName(ours)
            reader.Update()
            expected = numpy_support.vtk_to_numpy(reader.GetOutput().GetPointData().GetScalars())
            expected = expected.reshape(arguments.size, arguments.size, -1)[::-1, :, 0].astype(float)
            for name in MAPPERS:
                grey = pictures[mode, name].grey()
                differences[mode, name] = float(numpy.abs(grey - expected).mean())
                if arguments.pictures:
                    write_grey(os.path.join(arguments.pictures, f"{name}-{mode}.png"), grey)

    result = {"file": arguments.input, "size": report["size"], "sizePx": report["sizePx"],
              "vtk": vtk.vtkVersion.GetVTKVersion(), "openGl": pictures["mip", "vtkGpu"].driver(), "device": report["device"],
              "machine": report["machine"], "date": report["date"], "runs": []}
    for mode in MODES:
        ms = {name: float(numpy.median(all_ms)) for name, all_ms in times[mode].items()}
        result["runs"].append({"mode": mode, "msP50": ms,
                               "timesAsFast": {name: ms[name] / ms["volary"] for name in MAPPERS},
                               "meanDifference": {name: differences[mode, name] for name in MAPPERS}})
    if arguments.json:
        print(json.dumps(result))
        return
    print(f"{result['file']}, {result['size']} voxels, {result['sizePx']} pixels; VTK {result['vtk']}, "
          f"{result['openGl']}; {result['machine']}, {result['date']}")
    for run in result["runs"]:
        print(f"{run['mode']}: volary {run['msP50']['volary']:.0f} ms")
        for name in MAPPERS:
            print(f"    {name} {run['msP50'][name]:.0f} ms, {run['timesAsFast'][name]:.2f} times ours; pictures differ by "
                  f"{run['meanDifference'][name]:.2f} / 255")


if __name__ == "__main__":
    main()
