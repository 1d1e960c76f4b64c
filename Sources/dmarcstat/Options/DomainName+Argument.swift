import ArgumentParser
import DMARC

extension DomainName {
  /// A domain typed by the user.
  /// - Parameter option: the option that it belongs to, with its hyphens; nil for an argument.
  /// - Throws: a `ValidationError` if it cannot be one, such as `example..com`.
  init(argument text: String, of option: String? = nil) throws {
    guard let name = DomainName(text), name.publishable != nil else { throw Self.invalid(text, of: option) }
    self = name
  }

  /// What a mistyped domain ends with. Commands that show what reports say look for the name first, because reports may hold any.
  static func invalid(_ text: String, of option: String? = nil) -> ValidationError {
    ValidationError("\(option.map { $0 + " " } ?? "")\"\(text)\" is not a valid domain name.")
  }
}
