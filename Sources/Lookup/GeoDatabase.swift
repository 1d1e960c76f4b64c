import CMaxMind
package import DMARC
import Glibc
import Synchronization

/// The country and autonomous system of addresses, from a MaxMind DB file that the user provides. The layouts of
/// MaxMind (GeoLite2, GeoIP2), DB-IP and IPinfo are understood; each record shows which one it uses.
package final class GeoDatabase: Sendable {
  // After opening, libmaxminddb only reads.
  nonisolated(unsafe) let file: UnsafeMutablePointer<MMDB_s>
  /// A cache by the offset of the record, because many networks share one. It is bounded, because the file is
  /// untrusted.
  private let systems = Mutex<[UInt32: AutonomousSystem?]>([:])

  private static let mostSystems = 200_000
  /// The longest text that is read, in bytes.
  private static let mostTextBytes: UInt32 = 4_096

  /// An autonomous system. Its organisation is the name that it gave its registry.
  package struct AutonomousSystem: Sendable, Hashable {
    /// The number.
    package let number: UInt32
    /// The name of the organisation; nil if the file has none.
    package let organisation: String?
  }

  /// Opens a file.
  /// - Throws: ``LookupError`` if it cannot be read or is not a MaxMind DB file.
  package init(path: String) throws(LookupError) {
    let opened = UnsafeMutablePointer<MMDB_s>.allocate(capacity: 1)
    let status = MMDB_open(path, UInt32(MMDB_MODE_MMAP), opened)
    guard status == MMDB_SUCCESS else {
      // Before the object exists: deinit would close a file that was never opened.
      opened.deallocate()
      throw LookupError("\(path): the MaxMind DB file cannot be opened: \(String(cString: MMDB_strerror(status)))")
    }
    file = opened
  }

  deinit {
    MMDB_close(file)
    file.deallocate()
  }

  /// The autonomous system number and the two-letter country code of an address; nil for what the file does not contain.
  package func look(up address: IPAddress) -> (asn: UInt32?, country: String?) {
    guard var entry = entry(of: address) else { return (nil, nil) }
    return (asn(&entry), country(&entry))
  }

  /// Who announces the network of an address; nil if the file has no answer.
  package func system(of address: IPAddress) -> AutonomousSystem? {
    guard var entry = entry(of: address) else { return nil }
    if let known = systems.withLock({ $0[entry.offset] }) { return known }
    let system = asn(&entry).map { AutonomousSystem(number: $0, organisation: organisation(&entry)) }
    systems.withLock { systems in
      if systems.count >= Self.mostSystems { systems.removeAll(keepingCapacity: true) }
      systems.updateValue(system, forKey: entry.offset)
    }
    return system
  }

  private func entry(of address: IPAddress) -> MMDB_entry_s? {
    var error: Int32 = 0
    let result = withSocketAddress(address) { MMDB_lookup_sockaddr(file, $0, &error) }
    return error == MMDB_SUCCESS && result.found_entry ? result.entry : nil
  }

  // MARK: Records

  /// `autonomous_system_number: 64500` (MaxMind, DB-IP) or `asn: "AS64500"` (IPinfo).
  private func asn(_ entry: inout MMDB_entry_s) -> UInt32? {
    if let value = value(&entry, ["autonomous_system_number"]), value.has_data {
      if value.type == MMDB_DATA_TYPE_UINT32 { return value.uint32 }
      if value.type == MMDB_DATA_TYPE_UINT16 { return UInt32(value.uint16) }
    }
    guard let text = text(&entry, ["asn"]), text.utf8.prefix(2).elementsEqual("AS".utf8) else { return nil }
    return UInt32(text.dropFirst(2))
  }

  /// `autonomous_system_organization` (MaxMind, DB-IP), `as_name` or, in files about systems only, `name` (IPinfo).
  private func organisation(_ entry: inout MMDB_entry_s) -> String? {
    for key in ["autonomous_system_organization", "as_name", "name"] {
      if let text = text(&entry, [key]).map({ NameText.clean($0) }), !text.isEmpty { return text }
    }
    return nil
  }

  /// `country: {iso_code: JP}` (MaxMind, DB-IP), `country_code: JP` or, in older files, `country: JP` (IPinfo).
  private func country(_ entry: inout MMDB_entry_s) -> String? {
    for path in [["country", "iso_code"], ["country_code"], ["country"]] {
      if let text = text(&entry, path), text.utf8.count == 2, text.utf8.allSatisfy({ (0x41...0x5a).contains($0) }) {
        return text
      }
    }
    return nil
  }

  private func text(_ entry: inout MMDB_entry_s, _ path: [String]) -> String? {
    guard let value = value(&entry, path), value.has_data, value.type == MMDB_DATA_TYPE_UTF8_STRING,
      value.data_size <= Self.mostTextBytes, let text = value.utf8_string
    else { return nil }
    return String(decoding: UnsafeRawBufferPointer(start: text, count: Int(value.data_size)), as: UTF8.self)
  }

  private func value(_ entry: inout MMDB_entry_s, _ path: [String]) -> MMDB_entry_data_s? {
    var data = MMDB_entry_data_s()
    let names = path.map { strdup($0) }
    defer { for name in names { free(name) } }
    var pointers: [UnsafePointer<CChar>?] = names.map { $0.map { UnsafePointer($0) } } + [nil]
    return MMDB_aget_value(&entry, &data, &pointers) == MMDB_SUCCESS ? data : nil
  }

  private func withSocketAddress<Value>(_ address: IPAddress, _ body: (UnsafePointer<sockaddr>) -> Value) -> Value {
    if address.isIPv6 {
      var socket = sockaddr_in6()
      socket.sin6_family = sa_family_t(AF_INET6)
      withUnsafeMutableBytes(of: &socket.sin6_addr) { $0.copyBytes(from: address.networkBytes) }
      return withUnsafePointer(to: socket) { $0.withMemoryRebound(to: sockaddr.self, capacity: 1, body) }
    }
    var socket = sockaddr_in()
    socket.sin_family = sa_family_t(AF_INET)
    socket.sin_addr.s_addr = UInt32(truncatingIfNeeded: address.low).bigEndian
    return withUnsafePointer(to: socket) { $0.withMemoryRebound(to: sockaddr.self, capacity: 1, body) }
  }
}
