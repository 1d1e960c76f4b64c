import Testing
import Verdict

@Suite struct ReporterStandingsTests {
  private static let now: Int64 = 20_000 * 86_400
  private var next: Int64 = 0

  /// Reports for these numbers of days ago, stored now by default.
  private func reports(
    _ days: some Sequence<Int64>, from first: Int64 = 0, _ change: (inout ReportProvenance) -> Void = { _ in }
  )
    -> [ReportProvenance]
  {
    days.enumerated().map { index, day in
      var trace = ReportProvenance(
        report: first + Int64(index), reporter: 1, policyDomain: 1, day: 20_000 - day,
        end: (20_001 - day) * 86_400 - 1, ingestedAt: Self.now + 86_400, cameByMail: true)
      change(&trace)
      return trace
    }
  }

  private func standings(
    _ organisations: [[ReportProvenance]], firstIngestion: Int64 = now, isOpenToAnybody: Bool = false,
    usual: Set<Int64> = [],
    isCorroborated: (Int64, Set<Int64>) -> Bool = { _, _ in true }
  ) -> ReporterTrust {
    var standings = ReporterTrust(firstIngestion: firstIngestion)
    for (number, reports) in organisations.enumerated() {
      standings.add(Int64(number), reports, isOpenToAnybody: isOpenToAnybody)
    }
    standings.complete(usual: usual, isCorroborated: isCorroborated)
    return standings
  }

  @Test func sevenDaysInTwoWeeks() {
    #expect(standings([reports([0, 2, 4, 6, 8, 10, 13])]).trusted == [0: .usual])
    #expect(standings([reports([0, 2, 4, 6, 8, 10])]).trusted == [:])
    #expect(standings([reports([0, 2, 4, 6, 8, 10, 12])]).trusted == [:])
    #expect(standings([reports([0, 2, 4, 6, 8, 10, 13])], isOpenToAnybody: true).trusted == [:])
  }

  @Test func inventedDaysDoNotCount() {
    // The message arrived on the last of these days.
    let late = reports(0..<30) { $0.receivedAt = Self.now }
    #expect(standings([late]).trusted == [:])
    // A store that is a year old, and reports for a month that arrive at once.
    #expect(standings([reports(0..<30)], firstIngestion: Self.now - 365 * 86_400).trusted == [:])
    // The first run reads a backlog.
    #expect(standings([reports(0..<30)]).trusted == [0: .usual])
  }

  /// A sender that reports every day, among others that have only just started.
  @Test func timeAloneDoesNotEstablishTrust() {
    let patient = reports(0..<60)
    let genuine = [reports(0..<12, from: 100), reports(0..<12, from: 200)]
    #expect(standings([patient] + genuine) { _, _ in false }.trusted == [:])
    // There are no other reporters, so nothing is contradicted.
    #expect(standings([patient]) { _, _ in false }.trusted == [0: .usual])
    // Corroborated organisations become usual and outweigh others that merely report.
    // A single organisation does not become usual first while others are about to.
    #expect(standings([patient] + genuine).trusted == [:])
    let older = [reports(0..<20, from: 100), reports(0..<20, from: 200)]
    let found = standings([patient] + older + [reports(0..<9, from: 300)]) { organisation, others in
      organisation == 0 ? others.contains(3) && !others.contains(1) && !others.contains(2) : true
    }
    #expect(found.trusted == [1: .usual, 2: .usual])
    #expect(standings([patient] + genuine, usual: [0]) { _, _ in false }.trusted == [0: .usual])
  }

  @Test func filesNeedNoCorroboration() {
    let placed = reports(0..<20) { $0.cameByMail = false }
    #expect(standings([placed, reports(0..<5, from: 100)]) { _, _ in false }.trusted == [0: .usual])
    // If most reports arrive by email, files may be attachments saved by a script.
    #expect(standings([placed, reports(0..<50, from: 100)]) { _, _ in false }.trusted == [:])
  }

  @Test func messagesOfOneWeekDoNotEstablishTrust() {
    let arrival = { (trace: inout ReportProvenance) in trace.receivedAt = Swift.max(trace.end + 6 * 86_400, Self.now) }
    #expect(standings([reports(0..<60, arrival)]).trusted == [:])
    #expect(standings([reports(0..<60) { $0.receivedAt = $0.end + 3_600 }]).trusted == [0: .usual])
  }

  @Test func futureDaysAreContested() {
    let future = reports((-30)..<(-3))
    let found = standings([future])
    #expect(found.trusted == [:])
    #expect(found.contested == Set(future.map(\.report)))
    #expect(standings([reports(0..<20) { $0.end = .max }]).trusted == [:])
    #expect(standings([reports(0..<20) { $0.end = .min }]).contested.isEmpty)
  }

  @Test func disagreeingSendersAreContested() {
    let forged = reports([1, 2, 3], from: 100) { $0.disagrees = true }
    let found = standings([reports(4..<30) + forged])
    #expect(found.trusted == [0: .usual])
    #expect(found.contested == [100, 101, 102])
    #expect(standings([reports(0..<30) { $0.disagrees = true }]).trusted == [:])
  }

  @Test func authenticationIsExpectedAfterItWasSeen() {
    let old = reports(20..<30) { $0.ingestedAt = Self.now - 9 * 86_400 }
    let new = reports(4..<20, from: 100) { $0.isAuthenticated = true }
    let forged = reports([1, 2, 3], from: 200)
    let placed = reports([1, 2, 3], from: 300) { $0.cameByMail = false }
    #expect(
      standings([old + new + forged + placed], firstIngestion: Self.now - 9 * 86_400).contested == [200, 201, 202])
  }

  @Test func signaturesAreExpectedFromReportersThatSign() {
    let signed = reports(4..<20) { $0.isSigned = true }
    #expect(standings([signed + reports([1, 2, 3], from: 100)]).contested == [100, 101, 102])
    #expect(standings([reports(4..<20) + reports([1, 2, 3], from: 100)]).contested == [])
  }

  @Test func secondReportForADayIsContested() {
    let forged = reports([5, 6], from: 100)
    let found = standings([reports(4..<20) + forged])
    #expect(found.contested == [1, 2, 100, 101])
    #expect(found.trusted == [0: .usual])
    // Some send several a day; authenticated reports and files are not contested.
    #expect(standings([reports(4..<20) + reports(4..<20, from: 100)]).contested.isEmpty)
    #expect(
      standings([reports(4..<20) { $0.cameByMail = false } + reports([5], from: 9) { $0.cameByMail = false }]).contested
        .isEmpty)
    #expect(standings([reports(4..<20) { $0.isAuthenticated = true } + forged]).contested == [100, 101])
  }

  @Test func authenticatedReporterNeedsAWeekIfOthersAreUsual() {
    let once = reports([1]) { $0.isAuthenticated = true }
    let week = reports([0, 3, 6], from: 50) {
      $0.isAuthenticated = true
      $0.receivedAt = $0.end + 3_600
    }
    // The days are a week apart, but the messages arrived together.
    let burst = reports([0, 3, 6], from: 50) {
      $0.isAuthenticated = true
      $0.receivedAt = Self.now
    }
    #expect(standings([burst, reports(0..<20, from: 100)]).trusted == [1: .usual])
    #expect(standings([once]).trusted == [0: .authenticated])
    #expect(standings([once, reports(0..<20, from: 100)]).trusted == [1: .usual])
    #expect(standings([week, reports(0..<20, from: 100)]).trusted == [0: .authenticated, 1: .usual])
    #expect(standings([once], isOpenToAnybody: true).trusted == [:])
  }

  @Test func twoBurstsDoNotEstablishTrust() {
    let bursts = reports([14, 13, 12, 11, 3, 2, 1, 0]) {
      $0.receivedAt = $0.day < 20_000 - 7 ? Self.now - 10 * 86_400 : Self.now + 86_400
    }
    #expect(standings([bursts]).trusted == [:])
  }

  /// A report of a usual sender with a new reporter name or policy domain is contested on any day.
  @Test func newNamesAndDomainsAreContested() {
    let usual = reports(4..<30)
    for day: Int64 in [2, 5] {
      #expect(standings([usual + reports([day], from: 100) { $0.reporter = 2 }]).contested == [100])
      #expect(standings([usual + reports([day], from: 100) { $0.policyDomain = 2 }]).contested == [100])
    }
    let authenticated = reports([2], from: 100) {
      $0.reporter = 2
      $0.isAuthenticated = true
      $0.ingestedAt += 1
    }
    #expect(standings([usual + authenticated]).contested == [])
    #expect(standings([usual + reports(4..<30, from: 100) { $0.policyDomain = 2 }]).contested == [])
    #expect(standings([reports([1, 2, 3]) + reports([1, 2, 3], from: 100) { $0.policyDomain = 2 }]).contested == [])
    // One message a month later about an old day without reports.
    #expect(standings([usual + reports([40], from: 100) { $0.receivedAt = Self.now }]).contested == [100])
  }

  /// Several reports in one message, or long after their day, do not make several reports a day usual.
  @Test func oneMessageDoesNotMakeSeveralReportsUsual() {
    let usual = reports(4..<20) { $0.receivedAt = $0.end + 3_600 }
    let forged = reports([5], from: 100) { $0.receivedAt = Self.now }
    let old = reports(300..<365, from: 200) { $0.receivedAt = Self.now }
    let oldToo = reports(300..<365, from: 300) { $0.receivedAt = Self.now }
    #expect(standings([usual + forged + old + oldToo]).contested.isSuperset(of: [1, 100]))
    let recent = reports(-1..<4, from: 200) { $0.receivedAt = Self.now + 86_400 }
    let recentToo = reports(-1..<4, from: 300) { $0.receivedAt = Self.now + 86_400 }
    #expect(standings([usual + forged + recent + recentToo]).contested.isSuperset(of: [1, 100]))
  }
}
