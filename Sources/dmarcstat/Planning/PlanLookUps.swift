import Classification
import DMARC
import Lookup
import Verdict

/// Looks up what a plan needs to know.
struct PlanLookUps {
  /// The name servers or the zone file; nil to look nothing up.
  let service: NameService?
  let organisations: Organisations
  /// When lookups end, in monotonic seconds (``Resolver/now``).
  let deadline: Double

  /// The maximum number of rounds of questions, and of questions.
  private static let (mostRounds, mostQuestions) = (40, 800)

  /// - Parameter use: returns what reports say about the domain, given a first check of its records.
  func run(_ said: SetupAnswers, use: (DomainCheck) throws -> DomainUse?) rethrows -> SetupReading {
    var answers: [DNSQuestion: DNSAnswer] = [:]
    func reading(_ use: DomainUse?) -> SetupReading {
      for round in 0...Self.mostRounds {
        let isOver = round == Self.mostRounds || answers.count > Self.mostQuestions
        let reading = SetupReading(said, use: use, organisations: organisations) { [answers] in
          answers[$0] ?? (isOver ? DNSAnswer(.failure) : nil)
        }
        if reading.missing.isEmpty || isOver { return reading }
        answer(reading.missing, &answers)
      }
      return SetupReading(said, use: use, organisations: organisations) { _ in DNSAnswer(.failure) }
    }
    let first = reading(nil)
    guard let use = try use(first.published) else { return first }
    return reading(use)
  }

  private func answer(_ questions: Set<DNSQuestion>, _ answers: inout [DNSQuestion: DNSAnswer]) {
    // Without lookups, assume that every name exists and has no records.
    guard let service else {
      for question in questions { answers[question] = DNSAnswer(.noRecords) }
      return
    }
    let found = service.answers(to: Array(questions), until: deadline)
    for question in questions { answers[question] = found[question] ?? DNSAnswer(.failure) }
  }
}
