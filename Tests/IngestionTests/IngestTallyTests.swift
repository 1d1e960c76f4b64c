import Testing

@testable import Ingestion

@Suite struct IngestTallyTests {
  private let problem = IngestTally.Problem(location: "a.xml", code: "x", text: "y")

  @Test func runWithoutNewInputsIsEmptyAndComplete() {
    var tally = IngestTally()
    tally.known = 3
    #expect(tally.isEmpty)
    #expect(tally.isComplete)
  }

  @Test(
    arguments: [\IngestTally.rejected, \.conflicts, \.truncated]
      as [any WritableKeyPath<IngestTally, [IngestTally.Problem]> & Sendable])
  func lostContentMakesARunIncomplete(_ path: any WritableKeyPath<IngestTally, [IngestTally.Problem]> & Sendable) {
    var tally = IngestTally()
    tally[keyPath: path].append(problem)
    #expect(tally.hasLosses)
    #expect(!tally.isComplete)
    #expect(!tally.isEmpty)
  }

  @Test func unreachableSourceIsNotLostContent() {
    var tally = IngestTally()
    tally.unreachable.append(problem)
    #expect(!tally.hasLosses)
    #expect(!tally.isComplete)
  }
}
