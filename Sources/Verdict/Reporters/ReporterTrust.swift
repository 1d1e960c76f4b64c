/// A report as far as it tells whether its sender is to be believed. Organisations, reporters and domains are told apart by number.
public struct ReportTrace: Sendable {
  /// Number of the report.
  public var report: Int64
  /// Who reports by name, and about which domain.
  public var reporter, policyDomain: Int64
  /// UTC day of the report.
  public var day: Int64
  /// End of the reporting period, epoch seconds, as reported.
  public var end: Int64
  /// When it was stored, epoch seconds.
  public var ingestedAt: Int64
  /// When the message arrived, epoch seconds; nil if that is unknown.
  public var receivedAt: Int64?
  /// Whether it came by mail; if not, the operator has put it there.
  public var cameByMail: Bool
  /// Whether its message names nobody as its author, or an organisation that the report disagrees with.
  public var disagrees: Bool
  /// Whether its message bears a signature that claims to be of its author's organisation.
  public var isSigned: Bool
  /// Whether a trusted host has authenticated its author's organisation.
  public var isAuthenticated: Bool

  /// The trace of a report.
  public init(
    report: Int64, reporter: Int64, policyDomain: Int64, day: Int64, end: Int64, ingestedAt: Int64,
    receivedAt: Int64? = nil, cameByMail: Bool = false, disagrees: Bool = false, isSigned: Bool = false,
    isAuthenticated: Bool = false
  ) {
    self.report = report
    self.reporter = reporter
    self.policyDomain = policyDomain
    self.day = day
    self.end = end
    self.ingestedAt = ingestedAt
    self.receivedAt = receivedAt
    self.cameByMail = cameByMail
    self.disagrees = disagrees
    self.isSigned = isSigned
    self.isAuthenticated = isAuthenticated
  }
}

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
  public private(set) var known: [Int64: ReporterTrustLevel] = [:]
  /// Reports that only accuse.
  public private(set) var contested: Set<Int64> = []
  /// Those whose reports have come for long enough to be usual, and whether they came by mail.
  private var lasting: [(organisation: Int64, cameByMail: Bool)] = []
  /// Those that have reported on some days, and on enough days to bear others out while nobody is usual.
  private var present: Set<Int64> = []
  private var persistent: Set<Int64> = []
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
  public mutating func add(_ organisation: Int64, _ reports: [ReportTrace], isOpenToAnybody: Bool) {
    let doubtful = Doubts(reports)
    var days = ReportDays()
    var authenticatedDays = ReportDays()
    var accepted: [ReportTrace] = []
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
    if days.count >= Self.presentDays { present.insert(organisation) }
    if days.count >= Self.usualDays { persistent.insert(organisation) }
    if days.covers(Self.usualDays, Self.usualSpan) {
      lasting.append((organisation, accepted.contains(where: \.cameByMail)))
    }
    if authenticatedDays.covers(Self.authenticatedDays, Self.authenticatedSpan) {
      known[organisation] = .authenticated
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
    var trusted: Set<Int64> = []
    var open: [Int64] = []
    for (organisation, cameByMail) in lasting {
      let isAlone = present.subtracting([organisation]).isEmpty
      let isPlaced = !cameByMail && !isMostlyMail
      if isPlaced || isAlone || usual.contains(organisation) {
        trusted.insert(organisation)
      } else {
        open.append(organisation)
      }
    }
    for _ in 0..<Self.mostRounds where !open.isEmpty {
      let isFirst = trusted.isEmpty && known.isEmpty
      let found = Set(
        try open.filter { organisation in
          try isCorroborated(organisation, isFirst ? contemporaries(of: organisation) : trusted.union(known.keys))
        })
      // The first to be usual should not be one alone while others are about to be: he may be the one who is patient.
      let areOthersComing = !persistent.subtracting(lasting.map(\.organisation)).isEmpty
      guard !found.isEmpty, !(isFirst && found.count == 1 && areOthersComing) else { break }
      trusted.formUnion(found)
      open.removeAll(where: found.contains)
    }
    for organisation in trusted { known[organisation] = .usual }
    guard !known.values.contains(.usual) else { return }
    for organisation in candidates { known[organisation] = .authenticated }
    candidates = []
  }

  /// A report about days that were still to come when it arrived.
  private static func isAheadOfTime(_ report: ReportTrace) -> Bool {
    report.end > min(report.ingestedAt, report.receivedAt ?? .max) + clockSkew
  }

  /// While nobody is usual, those that have reported for a week bear each other out, or else for some days.
  private func contemporaries(of organisation: Int64) -> Set<Int64> {
    let others = persistent.subtracting([organisation])
    return others.isEmpty ? present.subtracting([organisation]) : others
  }

  /// Who is borne out bears out others in turn; more rounds than this are not worth their cost.
  private static let mostRounds = 3

  /// When a report arrived; nil if that is unknown.
  private func arrival(of report: ReportTrace) -> Int64? {
    let isSettled = report.ingestedAt - firstIngestion > Self.settled
    return report.receivedAt ?? (isSettled ? report.ingestedAt : nil)
  }

  private func isTimely(_ report: ReportTrace) -> Bool {
    guard let arrival = arrival(of: report) else { return true }
    return arrival - Self.timely <= report.end
  }
}

/// What is unlike the other reports of an organisation.
private struct Doubts {
  /// When its first authenticated report was stored; nil if there is none.
  private let firstAuthenticated: Int64?
  /// Its messages are usually signed.
  private let usuallySigns: Bool

  init(_ reports: [ReportTrace]) {
    firstAuthenticated = reports.lazy.filter(\.isAuthenticated).map(\.ingestedAt).min()
    let mails = reports.lazy.filter { $0.cameByMail && !$0.disagrees }.count
    let signed = reports.filter { $0.cameByMail && $0.isSigned && !$0.disagrees }
    usuallySigns = Set(signed.map(\.day)).count >= ReporterTrust.usualDays && signed.count * 2 >= mails
  }

  func contest(_ report: ReportTrace) -> Bool {
    guard report.cameByMail else { return false }
    if report.disagrees { return true }
    if report.isAuthenticated { return false }
    if let firstAuthenticated, report.ingestedAt >= firstAuthenticated { return true }
    return usuallySigns && !report.isSigned
  }
}
