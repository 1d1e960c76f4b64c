import ArgumentParser
import Classification
import DMARC
import Foundation
import Render

struct Reclassify: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reclassify",
    abstract: "Classify all stored flows again.",
    discussion: """
      Verdicts are updated automatically when reports arrive, or when known senders, DNS lookups, the infrastructure table or \
      the rules change. This command computes all of them again, whether or not anything has changed.

      EXAMPLES
        dmarcstat reclassify
        dmarcstat reclassify --quiet
      """)

  @Flag(name: .shortAndLong, help: "Only report problems that need attention.")
  var quiet = false

  @OptionGroup var databaseOptions: DatabaseOptions

  func run() throws {
    let (database, configuration) = try databaseOptions.openForWriting(isQuiet: quiet)
    let bar = ProgressBar(isShown: !quiet)
    let start = Date()
    let outcome = try Classifier(configuration, database).refresh(database, all: true) { share in
      bar.update(share: share, note: "organisations classified")
    }
    bar.finish()
    guard !quiet else { return }
    let seconds = NumberText.tenths(Date().timeIntervalSince(start))
    Terminal.print(lines: [
      "\(outcome.flows) flows of \(outcome.organisations) organisations classified, "
        + "\(outcome.changed) verdicts changed; \(seconds) s"
    ])
  }
}
