import ArgumentParser
import DMARC
import Foundation
import Testing

@testable import Settings
@testable import dmarcstat

/// The option, the configuration key and the row in the documentation of each limit come from one table.
@Suite struct LimitsTableTests {
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  @Test(arguments: Limits.Code.allCases) func optionSetsOnlyItsLimit(_ code: Limits.Code) throws {
    var expected = Limits()
    expected[code] = 7
    let options = try LimitOptions.parse([code.option, "7"])
    #expect(options.limits(Limits()) == expected)
    #expect(expected != Limits())
  }

  @Test(arguments: Limits.Code.allCases) func keySetsOnlyItsLimit(_ code: Limits.Code) throws {
    var expected = Limits()
    expected[code] = 7
    #expect(try Configuration.parse("limits:\n  \(code.key): 7\n", path: "config.yaml").limits == expected)
  }

  @Test func optionsOverrideTheConfiguration() throws {
    var configured = Limits()
    configured[.rows] = 7
    configured[.members] = 8
    let limits = try LimitOptions.parse(["--max-rows", "9"]).limits(configured)
    #expect((limits.rows, limits.members, limits.depth) == (9, 8, Limits().depth))
  }

  @Test(arguments: Limits.Code.allCases) func theHelpNamesOptionUnitAndDefault(_ code: Limits.Code) {
    // The help is wrapped, and a long option has its own line.
    let words = LimitOptions.helpMessage(columns: 400).split(whereSeparator: \.isWhitespace).joined(separator: " ")
    #expect(words.contains("\(code.option) <\(code.unit)> \(code.summary). (default: \(code.defaultValue))"))
  }

  @Test func documentationMatchesTheTable() throws {
    let text = try String(contentsOf: Self.root.appending(path: "docs/limits.md"), encoding: .utf8)
    let rows = text.split(separator: "\n").filter { $0.hasPrefix("| `--max-") }.map(String.init)
    let rejecting = Limits.Code.allCases.filter { !$0.folds }.map(\.documentation)
    let folding = Limits.Code.allCases.filter(\.folds).map(\.documentation)
    #expect(
      rows == rejecting + folding, "docs/limits.md should have:\n\((rejecting + folding).joined(separator: "\n"))")
  }

  @Test(arguments: Limits.Code.allCases) func valuesOutOfRangeAreRejected(_ code: Limits.Code) {
    var limits = Limits()
    limits[code] = .max
    #expect(limits[code] == code.highest)
    limits[code] = 0
    #expect(limits[code] == 1)
  }

  @Test func levelsAboveTheMaximumAreUsageErrors() {
    for code in Limits.Code.allCases where code.countsLevels {
      #expect(throws: (any Error).self) { try LimitOptions.parse([code.option, "201"]) }
      #expect(code.summary.contains("at most 200"))
    }
    #expect(throws: (any Error).self) { try LimitOptions.parse(["--max-rows", "0"]) }
  }
}
