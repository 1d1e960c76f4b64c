package import DMARC

extension Sighting {
  /// What a rule about the present state sees.
  /// - Parameters:
  ///   - values: what the placeholders of its texts stand for.
  ///   - nextStep: a command.
  package static func state(
    _ rule: AlertRule, subject: String = "", since: CalendarDay, severity: Change.Severity, values: [String: String],
    nextStep: ShellCommand
  ) -> Sighting {
    var sighting = Sighting(
      rule, subject: subject, places: [Place(domain: "", since: since)], noticed: since, severity: severity,
      texts: texts(rule, isEnd: false, values))
    sighting.nextStep = nextStep.description
    return sighting
  }

  /// That a state is over, or that a silent reporter reports.
  package static func over(_ rule: AlertRule, subject: String, since: CalendarDay, values: [String: String]) -> Sighting
  {
    Sighting(
      rule, isEnd: true, subject: subject, places: [Place(domain: "", since: since)], noticed: since, severity: .low,
      texts: texts(rule, isEnd: true, values))
  }

  private static func texts(_ rule: AlertRule, isEnd: Bool, _ values: [String: String]) -> [String: MatterText] {
    let code = "alert.\(rule.rawValue).\(isEnd ? "ended" : "begun")"
    return MatterText.each {
      MatterText(title: $0.text(code, values), sentences: [$0.text(code + ".text", values)])
    }
  }
}
