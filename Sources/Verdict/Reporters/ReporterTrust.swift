/// Why an organisation is trusted on its own. The raw values are stored.
public enum ReporterTrustLevel: String, Sendable, Hashable, CaseIterable {
  /// Its reports have been arriving for weeks.
  case usual
  /// A trusted host authenticates its reports, and either they have been arriving for a week or no organisation is `usual` yet.
  case authenticated
}

/// Determines which organisations are trusted on their own, and which reports may not come from the organisation that they name.
///
/// Anyone can use any name in a report, so trust is based on the organisation that sends the message, and on time.
public struct ReporterTrust: Sendable {
  /// The organisations that are trusted on their own, with the reason.
  public private(set) var trusted: [Int64: ReporterTrustLevel] = [:]
  /// The contested reports, which count only against sources.
  public private(set) var contested: Set<Int64> = []
  /// The organisations whose reports have been arriving long enough, and whether they arrived in messages.
  private var established: [(organisation: Int64, cameByMail: Bool)] = []
  /// The organisations that have reported on some days, and on enough days to confirm others while none is `usual`.
  private var occasional: Set<Int64> = []
  private var regular: Set<Int64> = []
  /// Authenticated organisations whose reports have not been arriving for long; they count if no organisation is `usual`.
  private var candidates: [Int64] = []
  private var reportCount = 0
  private var mailCount = 0
  private let firstIngestion: Int64

  /// The number of days with reports that make an organisation `usual`.
  public static let usualDays = 7
  static let usualSpan: Int64 = 14
  /// The number of days with reports from which an organisation may contradict others.
  static let presentDays = 3
  /// The same for an organisation that a trusted host authenticates.
  static let authenticatedDays = 3
  static let authenticatedSpan: Int64 = 7
  /// Reports that arrive later than this after their period, in seconds, do not establish trust, because their days may be made up.
  static let timely: Int64 = 7 * 86_400
  /// The age of a store in seconds from which reports are assumed to be ingested when they arrive.
  static let settled: Int64 = 14 * 86_400
  /// How far the clocks of reporters may be ahead, in seconds.
  static let clockSkew: Int64 = 86_400

  /// Creates an empty set of organisations.
  /// - Parameter firstIngestion: when the first report was stored, epoch seconds.
  public init(firstIngestion: Int64) { self.firstIngestion = firstIngestion }

  /// Adds all reports of an organisation.
  /// - Parameters:
  ///   - organisation: the number of the organisation.
  ///   - reports: its reports.
  ///   - isOpenToAnybody: whether anyone can get an address there, so that its name proves nothing.
  public mutating func add(_ organisation: Int64, _ reports: [ReportProvenance], isOpenToAnybody: Bool) {
    let doubtful = Anomalies(reports)
    var days = ReportDays()
    var authenticatedDays = ReportDays()
    var accepted: [ReportProvenance] = []
    for report in reports {
      if Self.isAheadOfTime(report) || doubtful.contest(report) {
        contested.insert(report.report)
      } else {
        accepted.append(report)
      }
    }
    let streams = ReportStreams(accepted, arrival: arrival, isTimely: isTimely)
    let unlike = streams.contested()
    contested.formUnion(unlike)
    accepted.removeAll { unlike.contains($0.report) }
    reportCount += reports.count
    mailCount += reports.lazy.filter(\.cameByMail).count
    for report in accepted where isTimely(report) {
      days.add(report, arrival: arrival(of: report))
      // Only messages that an own host received are authenticated, so they arrived when they were ingested, at the latest.
      if report.isAuthenticated { authenticatedDays.add(report, arrival: report.receivedAt ?? report.ingestedAt) }
    }
    // What a person put here is claimed by its contents alone, whoever is named.
    guard !isOpenToAnybody || !accepted.contains(where: \.cameByMail) else { return }
    if days.count >= Self.presentDays { occasional.insert(organisation) }
    if days.count >= Self.usualDays { regular.insert(organisation) }
    if days.covers(Self.usualDays, Self.usualSpan) {
      established.append((organisation, accepted.contains(where: \.cameByMail)))
    }
    if authenticatedDays.covers(Self.authenticatedDays, Self.authenticatedSpan) {
      trusted[organisation] = .authenticated
    } else if accepted.contains(where: \.isAuthenticated) {
      candidates.append(organisation)
    }
  }

  /// Whether most reports arrived in messages. Files among them may then be attachments that a script has saved.
  public var isMostlyMail: Bool { mailCount * 2 > reportCount }

  /// Decides which organisations are trusted, after all have been added.
  /// - Parameters:
  ///   - usual: organisations that were `usual` before, which need no confirmation again.
  ///   - isCorroborated: whether others confirm most of what an organisation reports in favour of sources.
  public mutating func complete(
    usual: Set<Int64> = [],
    isCorroborated: (_ organisation: Int64, _ others: Set<Int64>) throws -> Bool
  ) rethrows {
    var promoted: Set<Int64> = []
    var open: [Int64] = []
    for (organisation, cameByMail) in established {
      let isAlone = occasional.subtracting([organisation]).isEmpty
      let isPlaced = !cameByMail && !isMostlyMail
      if isPlaced || isAlone || usual.contains(organisation) {
        promoted.insert(organisation)
      } else {
        open.append(organisation)
      }
    }
    for _ in 0..<Self.mostRounds where !open.isEmpty {
      let isFirst = promoted.isEmpty && trusted.isEmpty
      let found = Set(
        try open.filter { organisation in
          try isCorroborated(organisation, isFirst ? contemporaries(of: organisation) : promoted.union(trusted.keys))
        })
      // The first trusted organisation must not be a single one while others will follow: it may be a patient attacker.
      let areOthersComing = !regular.subtracting(established.map(\.organisation)).isEmpty
      guard !found.isEmpty, !(isFirst && found.count == 1 && areOthersComing) else { break }
      promoted.formUnion(found)
      open.removeAll(where: found.contains)
    }
    for organisation in promoted { trusted[organisation] = .usual }
    guard !trusted.values.contains(.usual) else { return }
    for organisation in candidates { trusted[organisation] = .authenticated }
    candidates = []
  }

  /// Whether a report covers time after its arrival.
  private static func isAheadOfTime(_ report: ReportProvenance) -> Bool {
    report.end > min(report.ingestedAt, report.receivedAt ?? .max) + clockSkew
  }

  /// While no organisation is `usual`, those that have reported for a week confirm each other, or else for some days.
  private func contemporaries(of organisation: Int64) -> Set<Int64> {
    let others = regular.subtracting([organisation])
    return others.isEmpty ? occasional.subtracting([organisation]) : others
  }

  /// A confirmed organisation confirms others in turn, for at most this many rounds.
  private static let mostRounds = 3

  /// When a report arrived, epoch seconds; nil if unknown.
  private func arrival(of report: ReportProvenance) -> Int64? {
    let isSettled = report.ingestedAt - firstIngestion > Self.settled
    return report.receivedAt ?? (isSettled ? report.ingestedAt : nil)
  }

  private func isTimely(_ report: ReportProvenance) -> Bool {
    guard let arrival = arrival(of: report) else { return true }
    return arrival - Self.timely <= report.end
  }
}

/// Detects reports that differ from the other reports of an organisation.
private struct Anomalies {
  /// When the first authenticated report was stored, epoch seconds; nil if there is none.
  private let firstAuthenticated: Int64?
  /// Whether the messages of the organisation are usually signed.
  private let usuallySigns: Bool

  init(_ reports: [ReportProvenance]) {
    firstAuthenticated = reports.lazy.filter(\.isAuthenticated).map(\.ingestedAt).min()
    let mails = reports.lazy.filter { $0.cameByMail && !$0.disagrees }.count
    let signed = reports.filter { $0.cameByMail && $0.isSigned && !$0.disagrees }
    usuallySigns = Set(signed.map(\.day)).count >= ReporterTrust.usualDays && signed.count * 2 >= mails
  }

  func contest(_ report: ReportProvenance) -> Bool {
    guard report.cameByMail else { return false }
    if report.disagrees { return true }
    if report.isAuthenticated { return false }
    if let firstAuthenticated, report.ingestedAt >= firstAuthenticated { return true }
    return usuallySigns && !report.isSigned
  }
}
