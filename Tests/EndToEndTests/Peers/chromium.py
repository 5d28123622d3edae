"""Opens a page in headless Chromium, waits for a text in it, and keeps a picture.

Usage: chromium.py BINARY FOLDER ADDRESS TEXT PICTURE      prints the text of the page's body
"""
import asyncio
import base64
import json
import sys

import websockets

OPTIONS = ["--headless", "--no-sandbox", "--disable-gpu", "--ignore-certificate-errors",
           "--no-proxy-server", "--remote-debugging-port=0", "--window-size=900,700"]
WAIT = """new Promise(resolve => {
  const look = () => document.body.innerText.includes(%s) && resolve(document.body.innerText);
  new MutationObserver(look).observe(document, {childList: true, subtree: true});
  setTimeout(() => resolve(document.body.innerText), 10000);
  look();
})"""


async def main(binary, folder, address, text, picture):
    browser = await asyncio.create_subprocess_exec(
        binary, *OPTIONS, f"--user-data-dir={folder}", "about:blank",
        stderr=asyncio.subprocess.PIPE)
    try:
        async with asyncio.timeout(40):
            await look(browser, address, text, picture)
    finally:
        browser.terminate()
        await browser.wait()


async def look(browser, address, text, picture):
    while b"DevTools listening on " not in (line := await browser.stderr.readline()):
        assert line, "Chromium ended"
    drain = asyncio.create_task(browser.stderr.read())
    url = line.decode().split("listening on ")[1].strip()
    async with websockets.connect(url, max_size=None, proxy=None) as tools:
        number = 0

        async def call(method, session=None, **parameters):
            nonlocal number
            number += 1
            message = {"id": number, "method": method, "params": parameters}
            await tools.send(json.dumps(message | ({"sessionId": session} if session else {})))
            while (reply := json.loads(await tools.recv())).get("id") != number:
                pass
            return reply["result"]

        target = (await call("Target.createTarget", url="about:blank"))["targetId"]
        session = (await call("Target.attachToTarget", targetId=target, flatten=True))["sessionId"]
        await call("Page.enable", session)
        await call("Page.navigate", session, url=address)
        while json.loads(await tools.recv()).get("method") != "Page.loadEventFired":
            pass
        seen = await call("Runtime.evaluate", session, expression=WAIT % json.dumps(text),
                          awaitPromise=True, returnByValue=True)
        print(seen["result"]["value"])
        shot = await call("Page.captureScreenshot", session)
        with open(picture, "wb") as file:
            file.write(base64.b64decode(shot["data"]))
    drain.cancel()


asyncio.run(main(*sys.argv[1:]))
