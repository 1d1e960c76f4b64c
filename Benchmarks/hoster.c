/* Writes synthetic DMARC aggregate reports (RFC 7489 shape) about many customer domains, gzip-compressed; the same arguments give the same
 * bytes.
 *
 *   hoster CUSTOMERS DAYS DIRECTORY [FIRST_DAY [SEED]]
 *
 * One folder a day, one report for each customer and reporter that saw its mail. Few customers are large. Each has hosts of its own, uses
 * some services, is forwarded by relays that all share, and is abused from addresses that hardly ever repeat. With 2,000 customers and 78
 * days: about 715,000 reports and 10 million rows. FIRST_DAY is the number of the first day from 2026-07-01, for adding to a store.
 */
#include <inttypes.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

enum { REPORTERS = 12, RELAYS = 400, SERVICES = 40 };

static uint64_t state;

/* splitmix64: small, well mixed, the same on every machine. */
static uint64_t next(void) {
  uint64_t z = (state += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

static uint64_t below(uint64_t n) { return next() % n; }

static const char *const raw_failures[] = {"fail", "softfail", "neutral", "none", "permerror"};

struct mail {
  char source[48], spf_domain[64], dkim_domain[64];
  const char *spf, *dkim, *disposition, *reason, *spf_result, *dkim_result;
  unsigned selector;
};

static void address(char *out, unsigned kind, unsigned customer, unsigned number) {
  if (number % 8 == 7)
    sprintf(out, "2001:db8:%x:%x::%x", kind * 256 + customer / 256, customer % 256 * 256 + number / 8, number + 1);
  else
    sprintf(out, "%u.%u.%u.%u", 11 + kind, customer / 256 % 256, customer % 256, 1 + number % 254);
}

static struct mail draw(unsigned customer) {
  struct mail m = {.disposition = "none", .dkim_result = "pass", .selector = 1 + (unsigned)below(2)};
  uint64_t kind = below(100);
  sprintf(m.dkim_domain, "customer%05u.example", customer);
  if (kind < 52) {
    address(m.source, 1, customer, (unsigned)below(6));
    m.spf = m.dkim = "pass", m.spf_result = "pass";
    sprintf(m.spf_domain, "bounce.customer%05u.example", customer);
  } else if (kind < 64) {
    unsigned service = (customer * 7 + (unsigned)below(3)) % SERVICES;
    address(m.source, 60, service, (unsigned)below(20));
    m.spf = "fail", m.dkim = service % 3 ? "pass" : "fail", m.spf_result = "pass";
    sprintf(m.spf_domain, "bounces.service%02u.example", service);
    if (service % 3 == 0) sprintf(m.dkim_domain, "service%02u.example", service);
  } else if (kind < 82) {
    unsigned relay = (unsigned)below(RELAYS);
    address(m.source, 80, relay, (unsigned)below(8));
    m.spf = "fail", m.dkim = "pass";
    if (relay % 2) m.spf_result = "pass", sprintf(m.spf_domain, "relay%03u.example", relay);
    else m.spf_result = raw_failures[relay % 5], sprintf(m.spf_domain, "customer%05u.example", customer);
    if (relay % 5 == 0) m.reason = "forwarded";
    if (relay % 11 == 0) m.dkim = "fail", m.dkim_result = "fail", m.reason = "mailing_list";
  } else {
    uint64_t bits = next();
    snprintf(m.source, sizeof m.source, "%u.%u.%u.%u", 120 + (unsigned)(bits % 60), (unsigned)(bits >> 8 & 255),
             (unsigned)(bits >> 16 & 255), 1 + (unsigned)(bits >> 24 & 255) % 254);
    m.spf = m.dkim = "fail", m.disposition = customer % 3 ? "quarantine" : "none";
    m.spf_result = raw_failures[below(5)];
    sprintf(m.spf_domain, below(3) ? "customer%05u.example" : "host%05u.example", customer);
    m.dkim_domain[0] = 0;
  }
  return m;
}

static void write_record(gzFile out, unsigned customer) {
  struct mail m = draw(customer);
  uint64_t skew = below(1000), count = skew < 700 ? 1 + below(3) : skew < 980 ? 1 + below(50) : 1 + below(5000);
  gzprintf(out,
           "<record><row><source_ip>%s</source_ip><count>%" PRIu64
           "</count><policy_evaluated><disposition>%s</disposition><dkim>%s</dkim><spf>%s</spf>",
           m.source, count, m.disposition, m.dkim, m.spf);
  if (m.reason) gzprintf(out, "<reason><type>%s</type><comment></comment></reason>", m.reason);
  gzprintf(out,
           "</policy_evaluated></row><identifiers><envelope_from>%s</envelope_from>"
           "<header_from>%scustomer%05u.example</header_from></identifiers><auth_results>",
           m.spf_domain, below(10) ? "" : "news.", customer);
  if (m.dkim_domain[0])
    gzprintf(out, "<dkim><domain>%s</domain><selector>s%u</selector><result>%s</result></dkim>", m.dkim_domain,
             m.selector, m.dkim_result);
  gzprintf(out, "<spf><domain>%s</domain><scope>mfrom</scope><result>%s</result></spf></auth_results></record>\n",
           m.spf_domain, m.spf_result);
}

static int write_report(const char *folder, unsigned customer, unsigned reporter, long begin, unsigned records) {
  char path[4200];
  snprintf(path, sizeof path, "%s/%05u-%02u.xml.gz", folder, customer, reporter);
  gzFile out = gzopen(path, "wb1");
  if (!out) return perror(path), 1;
  gzbuffer(out, 1 << 16);
  gzprintf(out,
           "<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n<feedback><version>1.0</version><report_metadata>"
           "<org_name>receiver%02u.example</org_name><email>dmarc@receiver%02u.example</email>"
           "<report_id>%ld-%u-%u</report_id><date_range><begin>%ld</begin><end>%ld</end></date_range></report_metadata>"
           "<policy_published><domain>customer%05u.example</domain><adkim>r</adkim><aspf>r</aspf><p>%s</p>"
           "<pct>100</pct></policy_published>\n",
           reporter, reporter, begin, customer, reporter, begin, begin + 86399, customer,
           customer % 3 ? "quarantine" : "none");
  while (records--) write_record(out, customer);
  gzprintf(out, "</feedback>\n");
  return gzclose(out) == Z_OK ? 0 : 1;
}

int main(int count, char **arguments) {
  if (count < 4) return fprintf(stderr, "usage: hoster CUSTOMERS DAYS DIRECTORY [FIRST_DAY [SEED]]\n"), 2;
  unsigned customers = (unsigned)atoi(arguments[1]), days = (unsigned)atoi(arguments[2]);
  unsigned first = count > 4 ? (unsigned)atoi(arguments[4]) : 0;
  uint64_t seed = count > 5 ? strtoull(arguments[5], NULL, 10) : 1;
  mkdir(arguments[3], 0755);
  for (unsigned day = first; day < first + days; day++) {
    char folder[4096];
    snprintf(folder, sizeof folder, "%s/day%04u", arguments[3], day);
    mkdir(folder, 0755);
    long begin = 1782864000 + 86400 * (long)day;
    for (unsigned customer = 0; customer < customers; customer++) {
      /* A few large customers, many small ones. */
      double size = 0.6 * pow((double)customers / (customer + 1.0), 0.75);
      for (unsigned reporter = 0; reporter < REPORTERS; reporter++) {
        state = (seed * 1000003u + day) * 1000003u + customer * 64u + reporter;
        double share = 1.0 / (1 + reporter);
        if ((double)below(1000) >= 1000 * (share * 1.2 + size / 60)) continue;
        unsigned records = 1 + (unsigned)(size * (1 + reporter % 3) * share * (double)(50 + below(100)) / 12);
        if (write_report(folder, customer, reporter, begin, records)) return 1;
      }
    }
  }
  return 0;
}
