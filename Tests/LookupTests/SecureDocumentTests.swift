import DMARC
import Foundation
import Testing

@testable import Lookup

/// Documents of a real web server on loopback.
@Suite final class SecureDocumentTests {
  private let server = Process()
  private let folder = NSTemporaryDirectory() + "dmarcstat-https-" + UUID().uuidString
  private let port: Int

  private static let program = """
    import http.server, signal, ssl, subprocess, sys
    # Threads of the tests hold signals back, and their children inherit that.
    signal.pthread_sigmask(signal.SIG_UNBLOCK, signal.valid_signals())
    folder = sys.argv[1]
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj", "/CN=mta-sts.example.com", "-addext", "subjectAltName=DNS:mta-sts.example.com",
                    "-keyout", folder + "/key.pem", "-out", folder + "/cert.pem"], check=True, stderr=subprocess.DEVNULL)
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            status, body = {"/policy": (200, b"version: STSv1\\n"), "/moved": (301, b""), "/long": (200, b"x" * 70000)}.get(
                self.path, (404, b"none"))
            self.send_response(status)
            self.send_header("Location", "https://mta-sts.example.com/policy")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        def log_message(self, *arguments): pass
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder + "/cert.pem", folder + "/key.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    print(server.server_port, flush=True)
    server.serve_forever()
    """

  init() throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    server.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
    server.arguments = ["-c", Self.program, folder]
    let pipe = Pipe()
    server.standardOutput = pipe
    // `swift test` waits until nobody holds its standard error: a server that outlives the tests would keep it waiting.
    server.standardError = FileHandle.nullDevice
    try server.run()
    var line = Data()
    while line.last != 0x0a {
      let piece = pipe.fileHandleForReading.availableData
      try #require(!piece.isEmpty, "the web server did not start")
      line += piece
    }
    port = try #require(Int(String(decoding: line.dropLast(), as: UTF8.self)))
  }

  deinit {
    // Waiting for the end of the process needs the thread that started it.
    server.terminate()
    try? FileManager.default.removeItem(atPath: folder)
  }

  private func fetch(
    _ path: String, host: String = "mta-sts.example.com", port: Int? = nil, isTrusted: Bool = true
  ) throws(SecureDocument.Failure) -> [UInt8] {
    try SecureDocument(
      host: host, path: path, addresses: [IPAddress("127.0.0.1")].compactMap(\.self), port: port ?? self.port,
      authorities: isTrusted ? folder + "/cert.pem" : nil
    ).fetch()
  }

  @Test func aDocumentIsFetched() throws {
    #expect(try fetch("/policy") == Array("version: STSv1\n".utf8))
  }

  @Test func failuresAreTold() throws {
    #expect(throws: SecureDocument.Failure.status(404)) { try self.fetch("/other") }
    #expect(throws: SecureDocument.Failure.status(301)) { try self.fetch("/moved") }
    #expect(throws: SecureDocument.Failure.tooLong) { try self.fetch("/long") }
    #expect(throws: SecureDocument.Failure.certificate) { try self.fetch("/policy", host: "mta-sts.example.org") }
    #expect(throws: SecureDocument.Failure.certificate) { try self.fetch("/policy", isTrusted: false) }
    #expect(throws: SecureDocument.Failure.unreachable) { try self.fetch("/policy", port: 1) }
  }

  /// The publisher of an address must not be able to direct a request to a machine in the user's network.
  @Test(arguments: ["127.0.0.1", "10.0.0.1", "::1", "fd00::1", "169.254.169.254", "::ffff:127.0.0.1", "192.0.2.1"])
  func onlyPublicAddressesAreAsked(address: String) throws {
    let host = try #require(DomainName("mta-sts.example.com"))
    let document = SecureDocument(host: host, path: "/", addresses: [try #require(IPAddress(address))])
    #expect(throws: SecureDocument.Failure.unreachable) { try document.fetch() }
  }
}
