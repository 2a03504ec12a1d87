import ch.systemsx.cisd.hdf5.HDF5Factory;
import ch.systemsx.cisd.hdf5.IHDF5Reader;
import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Reads one image of a BigDataViewer .h5 with JHDF5, the library that BigDataViewer reads with, cell by cell as it does.
 *
 * <p>Arguments: FILE.h5 TIMEPOINT SETUP FOLDER. Prints the type, then a line a level: factors and cell size (x, y, z), extent
 * (z, y, x); and writes FOLDER/LEVEL, all cells one after another, x fastest in each, numbers big-endian.
 */
public class ReadBdvCells {
  public static void main(String[] arguments) throws Exception {
    String setup = String.format("s%02d", Integer.parseInt(arguments[2]));
    String image = String.format("t%05d/%s", Integer.parseInt(arguments[1]), setup);
    try (IHDF5Reader reader = HDF5Factory.openForReading(arguments[0])) {
      double[][] factors = reader.float64().readMatrix(setup + "/resolutions");
      int[][] cells = reader.int32().readMatrix(setup + "/subdivisions");
      String type = reader.string().getAttr(setup, "dataType");
      System.out.println(type);
      for (int level = 0; level < factors.length; ++level) {
        String path = image + "/" + level + "/cells";
        long[] extent = reader.object().getDimensions(path);
        print(factors[level], cells[level], extent);
        try (DataOutputStream out = new DataOutputStream(
            new BufferedOutputStream(Files.newOutputStream(Path.of(arguments[3], String.valueOf(level)))))) {
          int[] cell = cells[level];
          for (long z = 0; z < extent[0]; z += cell[2])
            for (long y = 0; y < extent[1]; y += cell[1])
              for (long x = 0; x < extent[2]; x += cell[0]) {
                int[] size = {(int) Math.min(cell[2], extent[0] - z), (int) Math.min(cell[1], extent[1] - y),
                              (int) Math.min(cell[0], extent[2] - x)};
                copy(reader, path, type, size, new long[] {z, y, x}, out);
              }
        }
      }
    }
  }

  private static void print(double[] factor, int[] cell, long[] extent) {
    System.out.printf("%.0f %.0f %.0f %d %d %d %d %d %d%n", factor[0], factor[1], factor[2], cell[0], cell[1], cell[2], extent[0],
                      extent[1], extent[2]);
  }

  private static void copy(IHDF5Reader reader, String path, String type, int[] size, long[] begin, DataOutputStream out)
      throws Exception {
    switch (type) {
      case "uint8":
        out.write(reader.uint8().readMDArrayBlockWithOffset(path, size, begin).getAsFlatArray());
        break;
      case "uint16":  // stored as the signed numbers of the same bits
      case "int16":
        for (short value : reader.int16().readMDArrayBlockWithOffset(path, size, begin).getAsFlatArray()) out.writeShort(value);
        break;
      case "float32":
        for (float value : reader.float32().readMDArrayBlockWithOffset(path, size, begin).getAsFlatArray()) out.writeFloat(value);
        break;
      default:
        throw new IllegalArgumentException("no cells of type " + type);
    }
  }
}
