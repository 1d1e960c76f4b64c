import DMARC
import Verdict

/// An alert for programs, as Schemas/alert.schema.json describes it: for webhooks, and for commands on standard input.
struct AlertJSON {
  let text: AlertText
  /// When it was made, epoch seconds.
  let time: Int64

  var bytes: [UInt8] {
    let alert = text.alert
    var json = JSONText()
    json.object {
      $0.field("type", "dmarcstat.alert")
      $0.field("version", 1)
      $0.field("id", alert.identifier)
      $0.field("time", timestamp(time))
      $0.field("kind", alert.kind)
      $0.field("severity", alert.severity.rawValue)
      $0.field("phase", alert.phase.rawValue)
      $0.key("domains")
      $0.array { list in for domain in alert.domains { list.value(domain) } }
      $0.field("language", text.phrasebook.language.rawValue)
      $0.field("title", alert.title)
      $0.key("sentences")
      $0.array { list in for sentence in alert.sentences { list.value(sentence) } }
      $0.field("next_step", alert.nextStep)
      $0.field("since", alert.since.map { "\($0)" })
      $0.field("messages", alert.messages)
    }
    return json.bytes
  }
}
