package io.valence.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageReaderTest {

  @TempDir Path folder;

  private RgbFrame read(final String name, final byte[] content) throws Exception {
    final Path file = folder.resolve(name);
    Files.write(file, content);
    return ImageReader.read(file);
  }

  @Test
  void pngGivesItsBytes() throws Exception {
    final RgbFrame picture = read("ramp.png", PictureFiles.png(300, 40));
    assertThat(picture.width()).isEqualTo(300);
    assertThat(picture.height()).isEqualTo(40);
    for (int y = 0; y < 40; y++) {
      for (int x = 0; x < 300; x++) {
        final int at = (y * 300 + x) * 3;
        assertThat(picture.rgb()[at]).isEqualTo((byte) x);
        assertThat(picture.rgb()[at + 1]).isEqualTo((byte) y);
        assertThat(picture.rgb()[at + 2]).isEqualTo((byte) (x + y));
      }
    }
  }

  @Test
  void greyPaletteAlphaAndSixteenBits() throws Exception {
    assertThat(
            read("grey.png", PictureFiles.png(2, 1, 8, 0, new byte[] {0, 100, (byte) 200})).rgb())
        .containsExactly(100, 100, 100, 200, 200, 200);
    assertThat(
            read("alpha.png", PictureFiles.png(1, 1, 8, 6, new byte[] {0, 10, 20, 30, 40})).rgb())
        .containsExactly(10, 20, 30);
    assertThat(read("greyalpha.png", PictureFiles.png(1, 1, 8, 4, new byte[] {0, 50, 7})).rgb())
        .containsExactly(50, 50, 50);
    assertThat(
            read("deep.png", PictureFiles.png(1, 1, 16, 2, new byte[] {0, 1, 99, 2, 99, 3, 99}))
                .rgb())
        .containsExactly(1, 2, 3);
    final BufferedImage palette = new BufferedImage(2, 1, BufferedImage.TYPE_BYTE_INDEXED);
    palette.setRGB(0, 0, 0xFF0000);
    palette.setRGB(1, 0, 0x00FF00);
    final Path file = folder.resolve("palette.png");
    ImageIO.write(palette, "png", file.toFile());
    assertThat(ImageReader.read(file).rgb()).containsExactly(255, 0, 0, 0, 255, 0);
  }

  @Test
  void jpegAndBmp() throws Exception {
    final BufferedImage image = new BufferedImage(64, 48, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < 48; y++) {
      for (int x = 0; x < 64; x++) {
        image.setRGB(x, y, 0xC08040);
      }
    }
    for (final String kind : new String[] {"jpg", "bmp"}) {
      final Path file = folder.resolve("flat." + kind);
      ImageIO.write(image, kind, file.toFile());
      final RgbFrame picture = ImageReader.read(file);
      assertThat(picture.rgb()[300] & 0xff).isBetween(0xC0 - 2, 0xC0 + 2);
      assertThat(picture.rgb()[301] & 0xff).isBetween(0x80 - 2, 0x80 + 2);
      assertThat(picture.rgb()[302] & 0xff).isBetween(0x40 - 2, 0x40 + 2);
    }
  }

  @Test
  void onePixelIsAPicture() throws Exception {
    final RgbFrame picture = read("one.png", PictureFiles.png(1, 1));
    assertThat(picture.rgb()).containsExactly(0, 0, 0);
  }

  @Test
  void hugePicturesAreRefusedBeforeTheyAreDecoded() throws Exception {
    final byte[] png = PictureFiles.png(16_000, 16_000, 8, 2, new byte[100]);
    assertThatThrownBy(() -> read("huge.png", png))
        .isInstanceOf(MediaException.class)
        .hasMessageContaining("huge.png: a picture of 16000 x 16000 is too large");
  }

  @Test
  void aJpegThatIsCutShortIsRefused() throws Exception {
    final BufferedImage image = new BufferedImage(160, 120, BufferedImage.TYPE_INT_RGB);
    final Random random = new Random(5);
    for (int y = 0; y < 120; y++) {
      for (int x = 0; x < 160; x++) {
        image.setRGB(x, y, random.nextInt(1 << 24));
      }
    }
    final ByteArrayOutputStream out = new ByteArrayOutputStream();
    assertThat(ImageIO.write(image, "jpg", out)).isTrue();
    final byte[] whole = out.toByteArray();
    assertThat(read("whole.jpg", whole).height()).isEqualTo(120);
    for (final int percent : new int[] {30, 50, 95}) {
      assertThatThrownBy(() -> read("cut.jpg", Arrays.copyOf(whole, whole.length * percent / 100)))
          .isInstanceOf(MediaException.class)
          .hasMessageStartingWith("cut.jpg: is damaged or cut short: ");
    }
  }

  @Test
  void whatIsNoPictureIsRefused() throws Exception {
    assertThatThrownBy(() -> read("empty.png", new byte[0]))
        .isInstanceOf(MediaException.class)
        .hasMessage("empty.png: is empty (0 bytes)");
    assertThatThrownBy(() -> read("text.jpg", "no picture".getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(MediaException.class)
        .hasMessageContaining("text.jpg");
    final byte[] whole = PictureFiles.png(64, 64);
    assertThatThrownBy(() -> read("cut.png", Arrays.copyOf(whole, 40)))
        .isInstanceOf(MediaException.class)
        .hasMessageContaining("cut.png");
    assertThatThrownBy(() -> ImageReader.read(folder.resolve("none.png")))
        .isInstanceOf(MediaException.class)
        .hasMessageContaining("no such file");
  }
}
