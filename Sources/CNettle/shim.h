#include <nettle/bignum.h>
#include <nettle/eddsa.h>
#include <nettle/rsa.h>
#include <nettle/sha1.h>
#include <nettle/sha2.h>

// Swift has no type for GMP's numbers, which are arrays of one structure.

/// Whether an RSA signature (RSASSA-PKCS1-v1_5, RFC 8017 8.2) is that of a digest: 1 or 0; -1 if the key cannot be used.
static inline int dmarcstat_rsa_verifies(
    int is_sha1, const uint8_t *modulus, size_t modulus_size, const uint8_t *exponent, size_t exponent_size,
    const uint8_t *digest, const uint8_t *signature, size_t signature_size) {
  struct rsa_public_key key;
  mpz_t number;
  int result = -1;
  rsa_public_key_init(&key);
  nettle_mpz_init_set_str_256_u(number, signature_size, signature);
  nettle_mpz_set_str_256_u(key.n, modulus_size, modulus);
  nettle_mpz_set_str_256_u(key.e, exponent_size, exponent);
  if (mpz_odd_p(key.n) && rsa_public_key_prepare(&key))
    result = is_sha1 ? rsa_sha1_verify_digest(&key, digest, number) : rsa_sha256_verify_digest(&key, digest, number);
  mpz_clear(number);
  rsa_public_key_clear(&key);
  return result;
}
