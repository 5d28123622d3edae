import Foundation

/// php-fpm and Tomcat, from Debian's packages, each with its files in a test's prefix folder.
enum ApplicationServers {
  /// Starts php-fpm, and waits until it listens; it takes content of at most 8 MB.
  static func startPHP(in prefix: TemporaryFolder, port: Int) throws -> Program {
    guard let binary = Binaries.phpFPM else { throw HarnessError("php-fpm is not installed") }
    try prefix.write(
      """
      [global]
      pid = \(prefix.path)/fpm.pid
      error_log = \(prefix.path)/fpm.log
      [www]
      listen = 127.0.0.1:\(port)
      pm = static
      pm.max_children = 2
      user = root
      group = root
      php_value[upload_max_filesize] = 8M
      php_value[post_max_size] = 8M

      """, to: "fpm.conf")
    let server = try Program(
      [binary, "-F", "-R", "-n", "-y", "\(prefix.path)/fpm.conf"],
      output: "\(prefix.path)/fpm.output")
    try server.waitForFile("fpm.pid", in: prefix.path)
    return server
  }

  /// Writes a PHP page that tells of its request, and the parameters that apus ships.
  static func writePHPPage(in prefix: TemporaryFolder) throws {
    try prefix.write(
      "<?php echo $_SERVER['REQUEST_METHOD'], '|', $_SERVER['QUERY_STRING'], '|', "
        + "$_POST['a'] ?? '', '|', isset($_FILES['f']) ? md5_file($_FILES['f']['tmp_name']) : '';",
      to: "html/test.php")
    let parameters = "\(Binaries.packageFolder)/examples-conf/fastcgi_params"
    try prefix.write(
      String(contentsOfFile: parameters, encoding: .utf8), to: "fastcgi_params")
  }

  /// Starts Tomcat, and waits until it serves its examples.
  ///
  /// - Parameter contexts: The paths that the examples are served at.
  /// - Throws: With what it printed, when it does not come up.
  static func startTomcat(
    in prefix: TemporaryFolder, port: Int, contexts: [String]
  ) throws -> Program {
    guard let home = Binaries.tomcatHome else { throw HarnessError("Tomcat is not installed") }
    try writeTomcatBase(in: prefix, home: home, port: port, contexts: contexts)
    let server = try Program(
      ["\(home)/bin/catalina.sh", "run"], output: "\(prefix.path)/tomcat.output",
      environment: ["CATALINA_HOME": home, "CATALINA_BASE": prefix.path, "LC_ALL": "C"])
    do {
      try server.waitForFile("tomcat.output", in: prefix.path, within: 90) { _ in
        prefix.read("tomcat.output").contains("Server startup in")
      }
    } catch {
      throw HarnessError("\(error)\n\(prefix.read("tomcat.output"))")
    }
    return server
  }

  private static func writeTomcatBase(
    in prefix: TemporaryFolder, home: String, port: Int, contexts: [String]
  ) throws {
    let examples = contexts.map {
      "<Context path=\"\($0)\" docBase=\"/usr/share/tomcat10-examples/examples\"/>\n"
    }
    try prefix.write(
      """
      <Server port="-1"><Service name="Catalina">
      <Connector port="\(port)" address="127.0.0.1" protocol="HTTP/1.1"/>
      <Engine name="Catalina" defaultHost="localhost"><Host name="localhost" appBase="webapps">
      \(examples.joined())</Host></Engine></Service></Server>
      """, to: "conf/server.xml")
    let web = try String(contentsOfFile: "\(home)/etc/web.xml", encoding: .utf8)
    try prefix.write(web, to: "conf/web.xml")
    for folder in ["logs", "temp", "work", "webapps"] {
      try prefix.write("", to: "\(folder)/.keep")
    }
  }
}
