import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.Scanner;

/**
 * Holds signatures against public keys with the JDK's own providers. Reads lines of "stem algorithm salt", writes lines of
 * "stem verdict": ok, wrong, or unknown for what it cannot check. A signature is ok when the message verifies and the
 * message with one bit changed does not.
 */
class Judge {
  public static void main(String[] arguments) throws Exception {
    Path folder = Path.of(arguments[0]);
    byte[] message = Files.readAllBytes(Path.of(arguments[1]));
    Scanner lines = new Scanner(System.in);
    while (lines.hasNext()) {
      String stem = lines.next();
      System.out.println(stem + " " + verdict(folder, message, stem, lines.next(), lines.nextInt()));
    }
  }

  static String verdict(Path folder, byte[] message, String stem, String algorithm, int salt) throws Exception {
    byte[] signature = Files.readAllBytes(folder.resolve(stem + ".sig"));
    byte[] spoilt = message.clone();
    spoilt[0] ^= 1;
    try {
      PublicKey key = publicKey(Files.readString(folder.resolve(stem + ".pem")), algorithm);
      boolean right = verifies(key, message, signature, algorithm, salt)
          && !verifies(key, spoilt, signature, algorithm, salt);
      return right ? "ok" : "wrong";
    } catch (GeneralSecurityException unsupported) {
      return "unknown";
    }
  }

  static PublicKey publicKey(String pem, String algorithm) throws GeneralSecurityException {
    String family = algorithm.startsWith("RSA") ? "RSA" : algorithm.startsWith("ECDSA") ? "EC" : algorithm;
    byte[] spki = Base64.getMimeDecoder().decode(pem.replaceAll("-----[^-]+-----", ""));
    return KeyFactory.getInstance(family).generatePublic(new X509EncodedKeySpec(spki));
  }

  static boolean verifies(PublicKey key, byte[] message, byte[] signature, String algorithm, int salt)
      throws GeneralSecurityException {
    String bits = algorithm.substring(Math.max(0, algorithm.length() - 3));
    Signature check;
    if (algorithm.startsWith("RSA_PSS")) {
      check = Signature.getInstance("RSASSA-PSS");
      check.setParameter(new PSSParameterSpec("SHA-" + bits, "MGF1", new MGF1ParameterSpec("SHA-" + bits), salt, 1));
    } else if (algorithm.startsWith("RSA")) {
      check = Signature.getInstance("SHA" + bits + "withRSA");
    } else if (algorithm.startsWith("ECDSA")) {
      check = Signature.getInstance("SHA" + bits + "withECDSA");
    } else {
      check = Signature.getInstance(algorithm);
    }
    check.initVerify(key);
    check.update(message);
    return check.verify(signature);
  }
}
