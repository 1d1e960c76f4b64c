/// Why content may not be the complete message. If it contains a complete report, the doubt is dropped.
struct ContentDoubt: Sendable {
  /// What is wrong, as a message for the user.
  let text: String
  /// Whether the content is accepted only if it contains a complete report. A weak doubt, about content that is
  /// slightly too short, only explains why a report in it is truncated.
  let isStrong: Bool
}
