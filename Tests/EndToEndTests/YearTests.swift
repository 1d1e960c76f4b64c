import Foundation
import Testing

/// The verdicts on a simulated year whose truth is known (`year/`). The default run judges a short one; the long run judges three whole years.
@Suite struct YearTests {
  /// What a figure must at least reach, or at most be, in percent or as a number of sources. See docs/measuring.md for the figures.
  ///
  /// These are what the rules reach, less a little for other seeds: raise them whenever the rules improve, and never lower them.
  private static let floors: [(figure: String, least: Double)] = [
    ("forwarding precision", 96), ("forwarding recall", 94), ("abuse precision", 95), ("abuse recall", 95),
    ("replay precision", 97), ("replay recall", 97), ("misaligned service precision", 95),
    ("misaligned service recall", 95), ("own mistakes precision", 95), ("own mistakes recall", 90),
    ("flagged worth it", 92), ("unknown-senders worth it", 80), ("unknown-senders first 20", 75),
  ]
  private static let ceilings: [(figure: String, most: Double)] = [
    ("needless forwarded-broken", 5), ("needless mailing-list", 5), ("needless gateway", 12),
    ("own sources called spoofing", 0),
  ]

  private struct Score: Decodable {
    var figures: [String: [String: Double?]]
  }

  @Test(arguments: Program.isLong ? [1, 2, 3] : [1])
  func verdictsOnAYearReachTheirFloors(seed: Int) throws {
    let program = try Program()
    let folder = program.folder + "/year"
    let short = Program.isLong ? [] : ["--days", "40", "--scale", "0.3"]
    try python("year.py", ["\(seed)", "--out", folder] + short)
    let conditions = Program.isLong ? ["plain", "plain+dns", "declared", "declared+dns"] : ["plain", "declared+dns"]
    let file = program.folder + "/score.json"
    try python(
      "score.py",
      [folder, "--binary", Program.binary, "--only", conditions.joined(separator: ","), "--json", file])
    let score = try JSONDecoder().decode(Score.self, from: Data(contentsOf: URL(fileURLWithPath: file)))
    for condition in conditions {
      let figures = try #require(score.figures[condition])
      for (figure, least) in Self.floors {
        let value = try #require(figures[figure] ?? nil, "\(figure) is missing")
        #expect(value >= least, "seed \(seed), \(condition): \(figure)")
      }
      for (figure, most) in Self.ceilings {
        let value = try #require(figures[figure] ?? nil, "\(figure) is missing")
        #expect(value <= most, "seed \(seed), \(condition): \(figure)")
      }
    }
  }

  private func python(_ script: String, _ arguments: [String]) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
    process.arguments = [Program.root + "/Tests/EndToEndTests/year/" + script] + arguments
    process.environment = ProcessInfo.processInfo.environment.merging(["PYTHONDONTWRITEBYTECODE": "1"]) { $1 }
    let result = try Program.finish(process)
    try #require(result.status == 0, "\(result.output.suffix(2_000)) \(result.errors.suffix(2_000))")
  }
}
