import Seeds
import Testing

@testable import DMARC

/// Untrusted numbers from reports, messages and file systems: none of them may trap.
@Suite struct ForeignNumberTests {
  private static let corners: [Int64] = [
    .min, .min + 1, .min / 2, -9_223_372_037, -86_401, -86_400, -86_399, -1, 0, 1, 86_399, 86_400, 253_402_300_799,
    253_402_300_800, 9_223_372_036, 9_223_372_037, .max / 2, .max - 1, .max,
  ]

  private static var numbers: [Int64] {
    var generator = Seeded()
    return corners + (0..<500).map { index in Int64.random(in: .min ... .max, using: &generator) >> Int64(index % 64) }
  }

  @Test func calendarAcceptsAnyNumber() {
    for number in Self.numbers {
      let day = CalendarDay(epoch: number)
      #expect(CalendarDay(number: number).components.month <= 12)
      #expect(!timestamp(number).isEmpty && !"\(day)".isEmpty)
      #expect(day.number <= number || number < 0)
      for other in Self.corners { _ = CalendarDay(number: number).advanced(by: other) }
    }
    #expect(timestamp(-1) == "1969-12-31T23:59:59+00:00")
    #expect(timestamp(-86_400) == "1969-12-31T00:00:00+00:00")
    #expect(CalendarDay(epoch: -86_401).description == "1969-12-30")
  }

  @Test func fileTimeStampsAreDistinctInEveryCentury() {
    let seconds: [Int64] = [-2_208_988_800, -1, 0, 1, 10_413_792_000, 253_402_300_799]
    #expect(Set(seconds.map { FileTime(seconds: $0, nanoseconds: 5).stamp }).count == seconds.count)
    #expect(FileTime(seconds: 1_700_000_000, nanoseconds: 7).stamp == 1_700_000_000_000_000_007)
    for number in Self.numbers { _ = FileTime(seconds: number, nanoseconds: number).stamp }
  }

  @Test func identityAcceptsAnyPeriod() throws {
    let domain = try #require(DomainName("example.com"))
    for begin in Self.numbers {
      for end in Self.corners {
        let identity = ReportIdentity(reporter: "r", reportID: "1", policyDomain: domain, begin: begin, end: end)
        if begin < end {
          #expect((CalendarDay(epoch: begin).number...CalendarDay(epoch: end).number).contains(identity.day))
        }
        var head = ReportHead()
        head.metadata.orgName = "r"
        head.metadata.reportID = "1"
        head.policy.domain = "example.com"
        head.metadata.begin = begin
        head.metadata.end = end
        let reading = try ResolvedIdentity(head, hints: ReportHints(), firstHeaderFrom: nil, contentHash: nil, now: end)
        #expect(reading.identity.begin == begin)
      }
    }
  }

  @Test func impossiblePeriodsCauseWarnings() throws {
    var head = ReportHead()
    head.metadata.orgName = "r"
    head.metadata.reportID = "1"
    head.policy.domain = "example.com"
    func codes(_ begin: Int64, _ end: Int64, now: Int64 = 1_790_000_000) throws -> [ReportWarning.Code] {
      head.metadata.begin = begin
      head.metadata.end = end
      return try ResolvedIdentity(head, hints: ReportHints(), firstHeaderFrom: nil, contentHash: nil, now: now).warnings
        .map(\.code)
    }
    #expect(try codes(1_789_900_000, 1_789_986_399).isEmpty)
    #expect(try codes(1_790_000_000, 1_790_086_399).isEmpty)
    #expect(try codes(253_370_764_800, 253_370_851_199) == [.periodOdd])
    #expect(try codes(0, 86_399) == [.periodOdd])
  }

  @Test func implausibleDatesOfFilesAreIgnored() throws {
    #expect(ReportFileName("r!example.com!-9223372036854775808!9223372036854775807.xml") == nil)
    #expect(ReportFileName("r!example.com!1!253402300800.xml") == nil)
    #expect(ReportFileName("r!example.com!1!2.xml") != nil)
    var head = ReportHead()
    head.policy.domain = "example.com"
    for date in [Int64.min, -1, 253_402_300_800, .max] {
      #expect(throws: InputError.self) {
        try ResolvedIdentity(
          head, hints: ReportHints(sender: "r.example", date: date), firstHeaderFrom: nil, contentHash: nil)
      }
    }
  }

  @Test func clampedArithmetic() {
    for left in Self.numbers {
      for right in Self.corners {
        let sum = left.addingReportingOverflow(right)
        if !sum.overflow { #expect(left.addingClamped(right) == sum.partialValue) }
        _ = (left.subtractingClamped(right), left.multipliedClamped(by: right))
      }
    }
    #expect((Int64.max.addingClamped(1), Int64.min.addingClamped(-1)) == (.max, .min))
    #expect((Int64.min.subtractingClamped(1), (0 as Int64).subtractingClamped(.min)) == (.min, .max))
    #expect((Int64.max.multipliedClamped(by: -2), Int64.min.multipliedClamped(by: -1)) == (.min, .max))
    #expect(Int32(clampedRounding: 1e300) == .max)
    #expect(Int64(clampedRounding: -.infinity) == .min)
    #expect(Int(clampedRounding: .nan) == 0)
    #expect(Int(clampedRounding: 2.5) == 3)
  }
}
