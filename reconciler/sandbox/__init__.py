"""An embedded AWS for trying, demonstrating and testing: the Model Registry and STS over real HTTP.

Everything here is reached by endpoint URL only; production code never imports it. Importing this
package loads nothing: start with `reconciler.sandbox.server.SandboxServer`.
"""
