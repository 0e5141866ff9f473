"""The paper's first idea: integrated parallel-sequential sampling."""
