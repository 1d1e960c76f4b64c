/* Writes synthetic DMARC aggregate reports (RFC 7489 shape), gzip-compressed; the same arguments give the same bytes.
 *
 *   generate REPORTS RECORDS DIRECTORY [SEED [DOMAINS]]
 *
 * The mail of a fictional company as its receivers would report it: most of it is sent by its own hosts and aligned, some is
 * forwarded, some comes from services that are not aligned, some from unknown senders. 500 addresses, one in eight IPv6; counts are skewed.
 * With DOMAINS, each report is about one of that many domains, as at a hoster: each with a selector of its own.
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

enum { ADDRESSES = 500, OWN = 30, RELAYS = 50 };

static uint64_t state;

/* splitmix64: small, well mixed, the same on every machine. */
static uint64_t next(void) {
  uint64_t z = (state += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

static uint64_t below(uint64_t n) { return next() % n; }

static char address[ADDRESSES][48];
static char domain[64] = "example.com", bounce[80] = "bounce.example.com", news[80] = "news.example.com", own_selector[32];

static void make_addresses(void) {
  state = 7;
  for (int i = 0; i < ADDRESSES; i++) {
    if (below(8) == 0)
      snprintf(address[i], sizeof address[i], "2001:db8:%x:%x::%x", (unsigned)below(65535) + 1,
               (unsigned)below(65535) + 1, (unsigned)below(65535) + 1);
    else
      snprintf(address[i], sizeof address[i], "198.%u.%u.%u", 18 + (unsigned)below(2), (unsigned)below(256),
               1 + (unsigned)below(254));
  }
}

static const char *pick(const char *const *words, size_t n) { return words[below(n)]; }
#define PICK(words) pick(words, sizeof words / sizeof *words)

static const char *const selectors[] = {"s1", "s2", "mail2026", "selector1"};
static const char *const relays[] = {"relay.example.net", "lists.example.org", "alumni.example.edu", "mx.example.info"};
static const char *const strangers[] = {"bulk.example.net", "promo.example.org", "host.example.info"};
static const char *const raw_failures[] = {"fail", "softfail", "neutral", "none", "permerror"};
static const char *const reasons[] = {"forwarded", "mailing_list", "trusted_forwarder", "local_policy"};

struct mail {
  const char *source, *spf, *dkim, *disposition, *reason, *spf_domain, *spf_result, *dkim_domain, *dkim_result, *selector;
};

static struct mail draw(void) {
  struct mail m = {.disposition = "none", .selector = PICK(selectors), .dkim_domain = domain, .dkim_result = "pass"};
  if (*own_selector) m.selector = own_selector;
  uint64_t kind = below(100);
  if (kind < 78) {
    m.source = address[below(OWN)], m.spf = m.dkim = "pass", m.spf_domain = bounce, m.spf_result = "pass";
  } else if (kind < 90) {
    m.source = address[OWN + below(RELAYS)], m.spf = "fail", m.dkim = "pass";
    if (below(2)) m.spf_domain = PICK(relays), m.spf_result = "pass";
    else m.spf_domain = domain, m.spf_result = PICK(raw_failures);
    if (below(3) == 0) m.reason = PICK(reasons);
  } else if (kind < 94) {
    m.source = address[OWN + below(RELAYS)], m.spf = m.dkim = "fail", m.spf_domain = PICK(relays), m.spf_result = "pass";
    m.dkim_result = "fail", m.reason = PICK(reasons);
  } else {
    m.source = address[OWN + RELAYS + below(ADDRESSES - OWN - RELAYS)], m.spf = m.dkim = "fail";
    m.spf_domain = PICK(strangers), m.spf_result = PICK(raw_failures), m.disposition = "quarantine";
    m.dkim_domain = NULL;
  }
  return m;
}

static void write_record(gzFile out) {
  struct mail m = draw();
  uint64_t skew = below(1000), count = skew < 700 ? 1 + below(3) : skew < 980 ? 1 + below(50) : 1 + below(5000);
  gzprintf(out,
           "  <record>\n    <row>\n      <source_ip>%s</source_ip>\n      <count>%" PRIu64 "</count>\n"
           "      <policy_evaluated>\n        <disposition>%s</disposition>\n        <dkim>%s</dkim>\n"
           "        <spf>%s</spf>\n",
           m.source, count, m.disposition, m.dkim, m.spf);
  if (m.reason)
    gzprintf(out, "        <reason>\n          <type>%s</type>\n          <comment>%s</comment>\n        </reason>\n",
             m.reason, strcmp(m.reason, "local_policy") ? "" : "arc=pass");
  gzprintf(out,
           "      </policy_evaluated>\n    </row>\n    <identifiers>\n      <envelope_from>%s</envelope_from>\n"
           "      <header_from>%s</header_from>\n    </identifiers>\n    <auth_results>\n",
           m.spf_domain, below(10) ? domain : news);
  if (m.dkim_domain)
    gzprintf(out,
             "      <dkim>\n        <domain>%s</domain>\n        <selector>%s</selector>\n"
             "        <result>%s</result>\n      </dkim>\n",
             m.dkim_domain, m.selector, m.dkim_result);
  gzprintf(out,
           "      <spf>\n        <domain>%s</domain>\n        <scope>mfrom</scope>\n        <result>%s</result>\n"
           "      </spf>\n    </auth_results>\n  </record>\n",
           m.spf_domain, m.spf_result);
}

static void name_domain(uint64_t customer) {
  snprintf(domain, sizeof domain, "customer%" PRIu64 ".example", customer);
  snprintf(bounce, sizeof bounce, "bounce.%s", domain);
  snprintf(news, sizeof news, "news.%s", domain);
  snprintf(own_selector, sizeof own_selector, "key%" PRIu64, customer % 97);
}

static int write_report(const char *directory, int number, int records, uint64_t seed, int domains) {
  static const char *const reporters[] = {"receiver.example.net", "Mail Example Org", "inbox.example.edu", "post.example.info"};
  state = seed * 1000003u + (uint64_t)number;
  int reporter = (int)below(4);
  long begin = 1790812800 + 86400 * (long)below(90);
  if (domains > 1) name_domain(below((uint64_t)domains));
  char path[4096];
  snprintf(path, sizeof path, "%s/reporter%d!%s!%ld!%ld!%d.xml.gz", directory, reporter, domain, begin, begin + 86399,
           number);
  gzFile out = gzopen(path, "wb6");
  if (!out) return perror(path), 1;
  gzbuffer(out, 1 << 17);
  gzprintf(out,
           "<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n<feedback>\n  <version>1.0</version>\n  <report_metadata>\n"
           "    <org_name>%s</org_name>\n    <email>dmarc@example.net</email>\n    <report_id>%" PRIu64 "-%d-%d</report_id>\n"
           "    <date_range>\n      <begin>%ld</begin>\n      <end>%ld</end>\n    </date_range>\n  </report_metadata>\n"
           "  <policy_published>\n    <domain>%s</domain>\n    <adkim>r</adkim>\n    <aspf>r</aspf>\n"
           "    <p>quarantine</p>\n    <sp>quarantine</sp>\n    <pct>100</pct>\n  </policy_published>\n",
           reporters[reporter], seed, records, number, begin, begin + 86399, domain);
  for (int i = 0; i < records; i++) write_record(out);
  gzprintf(out, "</feedback>\n");
  return gzclose(out) == Z_OK ? 0 : 1;
}

int main(int argc, char **argv) {
  if (argc < 4) return fprintf(stderr, "usage: generate REPORTS RECORDS DIRECTORY [SEED]\n"), 2;
  int reports = atoi(argv[1]), records = atoi(argv[2]);
  uint64_t seed = argc > 4 ? strtoull(argv[4], NULL, 10) : 1;
  int domains = argc > 5 ? atoi(argv[5]) : 1;
  mkdir(argv[3], 0777);
  make_addresses();
  for (int i = 0; i < reports; i++)
    if (write_report(argv[3], i, records, seed, domains)) return 1;
  return 0;
}
