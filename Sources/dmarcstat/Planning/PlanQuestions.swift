import Classification
import DMARC
import Verdict

/// Asks a person on a terminal who sends mail for a domain.
struct PlanQuestions {
  private let dialogue: SetupDialogue

  init(_ phrasebook: Phrasebook) { dialogue = SetupDialogue(phrasebook: phrasebook, texts: "setup-ask") }

  func complete(_ answers: inout SetupAnswers) throws {
    let values = ["domain": answers.domain.name]
    dialogue.say("intro")
    answers.sendsMail = try dialogue.ask("mail", usual: "y", values) {
      ["y": true, "yes": true, "はい": true, "n": false, "no": false, "いいえ": false][$0.lowercased()]
    }
    if answers.sendsMail {
      answers.networks = try dialogue.ask("own", values) { try Self.parts($0).map(PlanAnswer.network) }
      answers.services = try dialogue.ask("services", values) { text in
        guard text != "?" else {
          dialogue.say("known", ["services": MailService.all.map(\.name).joined(separator: ", ")])
          return nil
        }
        return try Self.parts(text).map(PlanAnswer.service)
      }
    }
    answers.mailbox = try dialogue.ask("reports", values) { text -> ReportMailbox?? in
      text.isEmpty ? .some(nil) : .some(try PlanAnswer.mailbox(text))
    }
  }

  /// The parts of a list with commas, including those of Japanese keyboards.
  private static func parts(_ text: String) -> [String] {
    text.split { ",、，".contains($0) }.map { $0.split(separator: " ").joined(separator: " ") }.filter { !$0.isEmpty }
  }
}
