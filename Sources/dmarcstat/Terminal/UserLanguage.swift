import Foundation
import Glibc
import Settings
import Verdict

/// The language of the user, found before the arguments are parsed, because parsing errors are printed in it, too.
enum UserLanguage {
  /// The language of `--lang`, or else of the configuration, or else of the locale.
  static func language(_ arguments: [String], _ environment: [String: String]) -> Language {
    if let named = value(of: "--lang", in: arguments).flatMap(Language.init) { return named }
    return configuration(arguments)?.language ?? LanguageOption.ofLocale(environment)
  }

  /// The configuration that arguments name, or the default one; nil if there is none or if it is not valid, which the command reports.
  static func configuration(_ arguments: [String]) -> Configuration? {
    guard let path = Configuration.path(named: value(of: "--config", in: arguments)) else { return nil }
    // Anything but a regular file, such as a pipe, can be read only once, and the command has to read it.
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    return try? Configuration.load(named: path)
  }

  private static func value(of option: String, in arguments: [String]) -> String? {
    for (index, argument) in arguments.enumerated() {
      if argument == option { return index + 1 < arguments.count ? arguments[index + 1] : nil }
      if argument.hasPrefix(option + "=") { return String(argument.dropFirst(option.count + 1)) }
    }
    return nil
  }
}
