/// Why what an organisation alone reports is believed.
public enum ReporterTrustLevel: String, Sendable, Hashable, CaseIterable {
  /// Its reports have come for weeks.
  case usual
  /// A trusted host authenticates its reports, and there is nobody usual yet or they have come for a week.
  case authenticated
}

/// Which organisations are believed by themselves, and which reports are not taken for the word of the organisation that they seem
/// to come from. Names are free to anybody, so what counts is the organisation that sends, and time.
public struct ReporterTrust: Sendable {
  /// Organisations that are believed by themselves.
  public private(set) var trusted: [Int64: ReporterTrustLevel] = [:]
  /// Reports that only accuse.
  public private(set) var contested: Set<Int64> = []
  /// Those whose reports have come for long enough to be usual, and whether they came by mail.
  private var established: [(organisation: Int64, cameByMail: Bool)] = []
  /// Those that have reported on some days, and on enough days to bear others out while nobody is usual.
  private var occasional: Set<Int64> = []
  private var regular: Set<Int64> = []
  /// Authenticated ones that have not come for long; they count if nobody is usual.
  private var candidates: [Int64] = []
  private var reportCount = 0
  private var mailCount = 0
  private let firstIngestion: Int64

  /// Days with reports that make an organisation usual, and the days from the first to the last of them.
  public static let usualDays = 7
  static let usualSpan: Int64 = 14
  /// Days with reports from which on an organisation may contradict others.
  static let presentDays = 3
  /// The same for an organisation that a trusted host authenticates.
  static let authenticatedDays = 3
  static let authenticatedSpan: Int64 = 7
  /// Reports that arrive later than this after their period, in seconds, do not make anybody usual: days can be made up.
  static let timely: Int64 = 7 * 86_400
  /// Age of a store in seconds from which on reports are expected to be ingested when they arrive.
  static let settled: Int64 = 14 * 86_400
  /// Clocks of reporters may be ahead by this, in seconds.
  static let clockSkew: Int64 = 86_400

  /// Standings of nobody.
  /// - Parameter firstIngestion: when the first report was stored, epoch seconds.
  public init(firstIngestion: Int64) { self.firstIngestion = firstIngestion }

  /// Takes in all reports of an organisation.
  /// - Parameter isOpenToAnybody: anybody can have an address there, so its name vouches for nobody.
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
      // Only mail that a host of ours has received is authenticated, so it arrived when it was read, at the latest.
      if report.isAuthenticated { authenticatedDays.add(report, arrival: report.receivedAt ?? report.ingestedAt) }
    }
    guard !isOpenToAnybody else { return }
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

  /// Whether most reports came by mail. If so, files among them may well be attachments of mail that a script has saved.
  public var isMostlyMail: Bool { mailCount * 2 > reportCount }

  /// To be called when all organisations have been taken in.
  /// - Parameters:
  ///   - usual: organisations that were usual before; nobody has to bear them out again.
  ///   - isCorroborated: whether most of what an organisation says in favour of sources is borne out by others.
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
      // The first to be usual should not be one alone while others are about to be: he may be the one who is patient.
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

  /// A report about days that were still to come when it arrived.
  private static func isAheadOfTime(_ report: ReportProvenance) -> Bool {
    report.end > min(report.ingestedAt, report.receivedAt ?? .max) + clockSkew
  }

  /// While nobody is usual, those that have reported for a week bear each other out, or else for some days.
  private func contemporaries(of organisation: Int64) -> Set<Int64> {
    let others = regular.subtracting([organisation])
    return others.isEmpty ? occasional.subtracting([organisation]) : others
  }

  /// Who is borne out bears out others in turn; more rounds than this are not worth their cost.
  private static let mostRounds = 3

  /// When a report arrived; nil if that is unknown.
  private func arrival(of report: ReportProvenance) -> Int64? {
    let isSettled = report.ingestedAt - firstIngestion > Self.settled
    return report.receivedAt ?? (isSettled ? report.ingestedAt : nil)
  }

  private func isTimely(_ report: ReportProvenance) -> Bool {
    guard let arrival = arrival(of: report) else { return true }
    return arrival - Self.timely <= report.end
  }
}

/// What is unlike the other reports of an organisation.
private struct Anomalies {
  /// When its first authenticated report was stored; nil if there is none.
  private let firstAuthenticated: Int64?
  /// Its messages are usually signed.
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
