import DMARC
import Settings
import Store

/// The domains that reports should arrive for, and when they last did.
struct DoctorArrivals {
  /// Own domains first, then the others that reports are about.
  let domains: [DomainName]
  let own: Set<DomainName>
  let last: [DomainName: CalendarDay]

  /// Days without a report after which one is late. Reporters send one a day.
  static let lateDays: Int64 = 3
  /// Days without a report after which a domain, unless it is declared as one's own, has been given up.
  static let retiredDays: Int64 = 60

  init(_ configuration: Configuration, _ database: ReportDatabase?, _ today: CalendarDay) {
    let days = (try? database?.lastReportDays()) ?? []
    last = Dictionary(days.map { ($0.domain, $0.day) }) { max($0, $1) }
    let own = Set(configuration.ownDomains)
    self.own = own
    let recent = days.filter { !own.contains($0.domain) && today.number - $0.day.number <= Self.retiredDays }
    domains = configuration.ownDomains + recent.map(\.domain)
  }
}

extension Doctor {
  /// The most domains that are listed one by one.
  private static let mostListed = 50

  mutating func checkArrivals(_ arrivals: DoctorArrivals) {
    guard database != nil else { return }
    let newest = arrivals.last.values.max()
    if let newest, today.number - newest.number > DoctorArrivals.lateDays {
      findings.add(
        .arrivals, "", .error, "reports-stopped",
        ["day": "\(newest)", "days": "\(today.number - newest.number)"])
    }
    for domain in arrivals.domains.prefix(Self.mostListed) {
      guard let last = arrivals.last[domain] else {
        findings.add(.arrivals, domain.name, .warning, "reports-none")
        continue
      }
      let days = today.number - last.number
      let values = ["day": "\(last)", "days": "\(days)"]
      if days > DoctorArrivals.lateDays {
        findings.add(.arrivals, domain.name, .warning, "reports-late", values)
      } else {
        findings.add(.arrivals, domain.name, .ok, "reports-ok", values)
      }
    }
    if arrivals.domains.count > Self.mostListed {
      let rest = arrivals.domains.dropFirst(Self.mostListed)
      let late = rest.count { domain in
        arrivals.last[domain].map { today.number - $0.number > DoctorArrivals.lateDays } ?? true
      }
      findings.add(
        .arrivals, "", late > 0 ? .warning : .ok, late > 0 ? "reports-more-late" : "reports-more",
        ["count": "\(rest.count)", "late": "\(late)"])
    }
  }
}
