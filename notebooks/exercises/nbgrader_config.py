"""Settings of nbgrader for this course: run its commands in this folder."""

c = get_config()  # noqa: F821  nbgrader has it

c.CourseDirectory.course_id = "dynscaling"
c.CourseDirectory.root = __import__("os").getcwd()
c.ExecutePreprocessor.timeout = 300
c.ClearSolutions.code_stub = {"python": "# YOUR CODE HERE\nraise NotImplementedError()"}
